//! The records of several applications, shared by all that play Creator in one run: the double of its API and the script's own
//! queries.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::{Arc, Mutex, PoisonError};

use rainwright_diagnostic::Problem;
use rainwright_effect::{Data, Records};
use rainwright_value::Locale;

use crate::conduct::Conduct;
use crate::learn::LearningStore;
use crate::schema::Form;
use crate::store::{Actor, Settings};

/// The application of a script that does not say to which one it belongs.
pub const OWN: &str = "application";

/// The applications by their link names; each comes into being when it is first named. Copies share them.
#[derive(Clone, Default)]
pub struct Applications(Arc<Mutex<Kept>>);

/// A report of a described application: which records of its form it shows, and with which fields.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// The link name.
    pub name: String,
    /// The form whose records it shows.
    pub form: String,
    /// The condition of the records, as scripts write it; all of them when there is none.
    pub criteria: Option<String>,
    /// The fields, through lookups as well; all of them when none is named.
    pub columns: Vec<String>,
}

/// What an application has beside its forms.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Components {
    /// The reports.
    pub reports: Vec<Report>,
    /// The link names of the pages.
    pub pages: Vec<String>,
}

#[derive(Default)]
struct Kept {
    /// The application that scripts belong to, when it is known.
    own: Option<String>,
    /// What described applications have, by their link names.
    components: BTreeMap<String, Components>,
    by_name: BTreeMap<String, LearningStore>,
}

impl std::fmt::Debug for Applications {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Applications").field(&self.names()).finish()
    }
}

impl Applications {
    /// Takes an application that is described, and what runs its own scripts; the script that is run belongs to it from now on.
    ///
    /// # Errors
    /// Forms that do not fit together.
    pub fn describe(
        &self,
        application: &str,
        forms: Vec<Form>,
        components: Components,
        settings: Settings,
        scripts: Option<Arc<dyn Conduct>>,
    ) -> Result<(), Problem> {
        let mut store = LearningStore::new(forms, settings)?;
        if let Some(scripts) = scripts {
            store.conduct_with(scripts);
        }
        self.locked(|kept| {
            kept.components.insert(application.to_owned(), components);
            kept.by_name.insert(application.to_owned(), store);
            kept.own = Some(application.to_owned());
        });
        Ok(())
    }

    /// The link names of the applications.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        self.locked(|kept| kept.by_name.keys().cloned().collect())
    }

    /// Whether an application was described, and did not come into being when it was named.
    #[must_use]
    pub fn is_described(&self, application: &str) -> bool {
        self.locked(|kept| kept.components.contains_key(application))
    }

    /// What a described application has beside its forms; nothing for others.
    #[must_use]
    pub fn components(&self, application: &str) -> Components {
        self.locked(|kept| kept.components.get(application).cloned().unwrap_or_default())
    }

    /// Does something with the records of an application.
    ///
    /// # Errors
    /// What it fails with, or a database that cannot be made.
    pub fn with<T, E: From<Problem>>(
        &self,
        application: &str,
        act: impl FnOnce(&mut LearningStore) -> Result<T, E>,
    ) -> Result<T, E> {
        self.locked(|kept| act(kept.store(application)?))
    }

    /// Performs a request of a script, whose form may have another application's name in front.
    ///
    /// # Errors
    /// A problem that the script may catch.
    pub fn perform(&self, actor: &Actor, request: &Records) -> Result<Data, Problem> {
        self.locked(|kept| {
            let own = kept.own();
            let other = request.form().split_once('.').filter(|(application, _)| {
                kept.by_name.contains_key(*application)
                    && kept.store(&own).is_ok_and(|store| !has_form(store, application))
            });
            let (application, request) = match other {
                Some((application, form)) => (application.to_owned(), of_form(request, form)),
                None => (own, request.clone()),
            };
            let store = kept.store(&application)?;
            store.act_as(actor.clone());
            store.perform(&request)
        })
    }

    /// Takes what there is to warn of since the last time.
    #[must_use]
    pub fn take_warnings(&self) -> Vec<String> {
        self.locked(|kept| kept.by_name.values_mut().flat_map(LearningStore::take_warnings).collect())
    }

    fn locked<T>(&self, act: impl FnOnce(&mut Kept) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn has_form(store: &LearningStore, form: &str) -> bool {
    store.store().schema().table(form).is_some()
}

impl Kept {
    /// The application that scripts belong to: the one that was described, else the only one there is.
    fn own(&self) -> String {
        let only = || self.by_name.keys().next().filter(|_| self.by_name.len() == 1);
        self.own.as_ref().or_else(only).cloned().unwrap_or_else(|| OWN.to_owned())
    }

    fn store(&mut self, application: &str) -> Result<&mut LearningStore, Problem> {
        Ok(match self.by_name.entry(application.to_owned()) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(free) => {
                // Nobody has said which fields are mandatory or unique.
                let settings = Settings { locale: Locale::default(), ..Settings::default() };
                free.insert(LearningStore::new(Vec::new(), settings)?)
            }
        })
    }
}

/// The same request of a form by another name.
fn of_form(request: &Records, name: &str) -> Records {
    let mut request = request.clone();
    name.clone_into(request.form_mut());
    request
}
