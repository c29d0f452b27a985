//! The host of an application's scripts: records from the store, actions on the form's state, questions about the account.

use rainwright::builtins::to_data;
use rainwright::effect::{FieldPath, FormPart};
use rainwright::{Call, Code, Data, Effect, Host, Locale, Outcome, Problem, Records, Refusal, Ui, Value};
use rainwright_records::{Storage, Store};

use crate::act::STAGE;
use crate::users::{self, Users, user_name};
use crate::{Application, FormState};

/// The form as the running script has it: what it assigned is here, and not in the state before it ends.
#[derive(Default)]
pub(crate) struct Live {
    pub(crate) input: Option<Value>,
    /// The row that the event is about, and the form of its fields.
    pub(crate) row: Option<(String, Value)>,
}

impl Live {
    /// The value of a field; none when there is no such field, or no script.
    fn field(of: Option<&Value>, name: &str) -> Option<Data> {
        let value = of?.as_map()?.borrow().get_text(name).cloned()?;
        match to_data(&value, &Locale::default()).ok()? {
            Data::Records(set) if set.single => Some(set.ids.first().copied().into()),
            data => Some(data),
        }
    }
}

/// The host of one run.
pub struct EventHost<'a> {
    pub(crate) app: &'a Application,
    /// The users of the application; scripts may give them profiles, and delete them.
    pub(crate) users: &'a mut Users,
    pub(crate) store: &'a mut Store,
    pub(crate) inner: &'a mut dyn Host,
    /// The user's mail address.
    pub(crate) user: &'a str,
    pub(crate) state: Option<&'a mut FormState>,
    pub(crate) live: Live,
    /// Whether reading alone begins no transaction.
    pub(crate) reads_only: bool,
    /// Whether the run is durable: each change of records is a transaction of its own then, and done once.
    pub(crate) is_durable: bool,
}

impl EventHost<'_> {
    fn ui(&mut self, action: &Ui) -> Result<Outcome, Refusal> {
        let Some(state) = self.state.as_deref_mut() else {
            return Err(Effect::Ui(Box::new(action.clone())).not_supported().into());
        };
        match action {
            Ui::Get { field } => {
                let Some((first, rest)) = field.path.split_first() else { return Ok(Data::Null.into()) };
                let mut form = state.form.clone();
                let mut live = None;
                let mut fields = Some(&state.fields);
                match (field.part, &self.live.row) {
                    (FormPart::Old, _) => fields = state.old.as_ref(),
                    (FormPart::Row, Some((rows, row))) => {
                        form.clone_from(rows);
                        live = Live::field(Some(row), first);
                    }
                    _ => live = Live::field(self.live.input.as_ref(), first),
                }
                let value = live.or_else(|| fields?.get(first).cloned()).unwrap_or_default();
                let value = if rest.is_empty() { value } else { self.through(&form, first, value, rest)? };
                return Ok(value.into());
            }
            Ui::Set { field, value } => {
                if let [name] = field.path.as_slice() {
                    state.fields.insert(name.clone(), value.clone());
                }
            }
            Ui::FieldNames => {
                let names = state.fields.iter().map(|(key, _)| key.clone()).collect();
                return Ok(Data::List(names).into());
            }
            Ui::FieldValue { name } => {
                let name = name.as_text().unwrap_or_default();
                return Ok(Live::field(self.live.input.as_ref(), name).unwrap_or_else(|| state.get(name)).into());
            }
            _ => state.act(action),
        }
        match action {
            // It ends the script: what follows is not executed.
            Ui::CancelSubmit | Ui::CancelDelete => {
                Err(Refusal::Stop(Problem::new(Code::Interrupted, "The submission was cancelled.")))
            }
            _ => Ok(Outcome::Done),
        }
    }

    /// A field of the record that a lookup on the form points to.
    fn through(&mut self, form: &str, field: &str, value: Data, rest: &[String]) -> Result<Data, Problem> {
        let storage = self.store.schema().expect(form)?.expect(field)?.storage();
        match (storage, &value) {
            (Storage::Lookup(_), Data::Null) => Ok(Data::Null),
            (Storage::Lookup(to), value) => {
                let id = value.as_number().or_else(|| value.as_text().and_then(|text| text.trim().parse().ok()));
                let Some(id) = id else { return Ok(Data::Null) };
                self.store.perform(&Records::Read { form: to, id, field: FieldPath(rest.to_vec()) })
            }
            (Storage::Composite, Data::Map(parts)) => {
                Ok(rest.first().and_then(|part| parts.get(part)).cloned().unwrap_or_default())
            }
            _ => Ok(Data::Null),
        }
    }

    /// What the account and the application know.
    fn task(&mut self, name: &str, arguments: &Data) -> Result<Option<Data>, Problem> {
        let user = self.users.get(self.user);
        let argument = |place: usize| arguments[place].as_text().unwrap_or_default().to_owned();
        Ok(Some(match name {
            "zoho.loginuserid" if self.user.is_empty() => Data::Null,
            "zoho.loginuserid" => self.user.into(),
            "zoho.loginuser" | "zoho.loginuser.name" | "thisapp.permissions.loginUserName" => {
                user_name(self.users, self.user).into()
            }
            "thisapp.permissions.loginUserEmailid" => self.user.into(),
            "zoho.adminuserid" if !self.app.owner.is_empty() => self.app.owner.as_str().into(),
            "zoho.adminuser" if !self.app.owner.is_empty() => user_name(self.users, &self.app.owner).into(),
            "zoho.appname" => self.app.name.as_str().into(),
            "zoho.appuri" => {
                let owner = self.app.owner.split('@').next().filter(|owner| !owner.is_empty()).unwrap_or("local");
                format!("/{owner}/{}/", self.app.name).into()
            }
            "thisapp.variables" => self.app.variables.get(&argument(0)).map(String::as_str).into(),
            "thisapp.permissions.isUserInProfile" => user.is_some_and(|user| user.profile == argument(0)).into(),
            "thisapp.permissions.isUserInRole" => user.is_some_and(|user| user.role == argument(0)).into(),
            "thisapp.portal.profileForUser" => {
                self.users.get(&argument(0)).map(|user| user.profile.as_str()).unwrap_or_default().into()
            }
            "thisapp.permissions.assignUserInProfile" => {
                self.changing(|host| users::assign(host.users, host.store, &argument(0), &argument(1)))?;
                Data::map([("emailId", argument(0))])
            }
            "thisapp.permissions.deleteUser" => {
                self.changing(|host| users::delete(host.users, host.store, &argument(0)))?;
                Data::map([("emailId", argument(0))])
            }
            "thisapp.blueprint.changeStage" => self.change_stage(&argument(0), &argument(2), &arguments[3])?,
            "thisapp.blueprint.executeTransition" => {
                let blueprint = self.app.workflows.iter().find(|w| w.kind == "blueprint" && w.name == argument(1));
                let step = blueprint.and_then(|w| w.steps.iter().find(|step| step.name == argument(2)));
                let Some(step) = step else {
                    let message = format!("The blueprint '{}' has no transition '{}'", argument(1), argument(2));
                    return Err(Problem::new(Code::UnknownName, message));
                };
                let to = step.to.clone();
                self.change_stage(&argument(0), &to, &arguments[3])?
            }
            _ => return Ok(None),
        }))
    }

    /// Moves a record to a stage of a blueprint; its scripts belong to the transition that a user takes.
    fn change_stage(&mut self, form: &str, stage: &str, id: &Data) -> Result<Data, Problem> {
        let fields = [(FieldPath(vec![STAGE.to_owned()]), Data::from(stage))];
        let id = id.as_number().unwrap_or_default();
        self.changing(|host| host.store.store_fields(form, id, &fields))?;
        Ok(Data::Null)
    }

    /// Changes something beside the records that scripts name: in the transaction of the run, or as one of its own where the
    /// run has none.
    fn changing(&mut self, change: impl FnOnce(&mut Self) -> Result<(), Problem>) -> Result<(), Problem> {
        let alone = !self.store.is_open() && (self.is_durable || self.app.atomic == Some(false));
        if !self.store.is_open() {
            self.store.begin()?;
        }
        let changed = change(self);
        if alone {
            self.store.end(changed.is_ok())?;
        }
        changed
    }
}

impl Host for EventHost<'_> {
    fn perform(&mut self, call: Call) -> Result<Outcome, Refusal> {
        match &call.effect {
            Effect::Records(request) if self.is_durable => {
                Ok(self.store.perform_once(&call.run, call.seq, request)?.into())
            }
            // Without a transaction of the run each change is one of its own.
            Effect::Records(request) if self.app.atomic == Some(false) => Ok(self.store.perform(request)?.into()),
            Effect::Records(request) => {
                if !self.store.is_open() && (!self.reads_only || request.is_change()) {
                    self.store.begin()?;
                }
                Ok(self.store.perform(request)?.into())
            }
            Effect::Ui(action) if self.state.is_some() => self.ui(action),
            Effect::Task { name, arguments } => match self.task(name, arguments)? {
                Some(answer) => Ok(answer.into()),
                None => self.inner.perform(call),
            },
            _ => self.inner.perform(call),
        }
    }

    fn pause(&mut self) {
        self.inner.pause();
    }
}
