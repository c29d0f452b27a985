//! Records of forms that nobody described: their fields are learned from what is asked for and written.

use std::collections::HashSet;
use std::sync::Arc;

use rainwright_diagnostic::{Code, Problem};
use rainwright_effect::{Data, FieldPath, Query, Records};

use crate::conduct::{Conduct, Submission, Verdict};
use crate::database::Sql;
use crate::field::{Field, FieldType, Storage};
use crate::schema::{Form, Schema, Table};
use crate::sketch::{Sketch, is_system, rows_of};
use crate::sql::quoted;
use crate::store::{Actor, Settings, Store, StoreLocation};
use crate::{migrate, stored};

/// A [`Store`] in memory. Forms that are described are as strict as in an application; all others come into being when they
/// are first named, and get each field when it is first named, of the kind of its first value. A value of another kind
/// makes the field one of texts.
pub struct LearningStore {
    store: Store,
    /// What runs the scripts of described forms.
    conduct: Option<Arc<dyn Conduct>>,
    /// The forms that were described, in lower case.
    described: HashSet<String>,
    /// Whether tables were changed since the transaction began.
    is_reshaped: bool,
}

impl LearningStore {
    /// A store that knows these forms.
    ///
    /// # Errors
    /// [`Code::BadArgument`] when the forms do not fit together.
    pub fn new(forms: Vec<Form>, settings: Settings) -> Result<Self, Problem> {
        let described = forms.iter().map(|form| form.name.to_lowercase()).collect();
        let store = Store::open(StoreLocation::Memory, forms, settings)?;
        Ok(Self { store, conduct: None, described, is_reshaped: false })
    }

    /// The store, with the forms as they are known by now.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Says what runs the scripts of described forms, and computes their formulas.
    pub(crate) fn conduct_with(&mut self, scripts: Arc<dyn Conduct>) {
        self.store.compute_with(scripts.clone());
        self.conduct = Some(scripts);
    }

    /// Writes a record of a described form with its workflows; see [`Conduct::submit`]. None for other forms, and within a
    /// transaction, which the workflows of a record could not end.
    pub fn conduct(&mut self, form: &str, submission: Submission) -> Option<Result<Verdict, Problem>> {
        let scripts = self.conduct.clone().filter(|_| self.is_described(form) && !self.store.is_open())?;
        let form = self.store.schema.table(form)?.name.clone();
        Some(scripts.submit(&mut self.store, &form, submission))
    }

    /// The text that shows a record; see [`Conduct::label`]. None when nobody evaluates the expression, or it fails.
    pub fn label(&mut self, form: &str, id: i64, shows: &str) -> Option<String> {
        let scripts = self.conduct.clone().filter(|_| !self.store.is_open())?;
        scripts.label(&mut self.store, form, id, shows).ok()
    }

    /// The table of a form.
    #[must_use]
    pub fn table(&self, form: &str) -> Option<Arc<Table>> {
        self.store.schema.shared(form).ok()
    }

    /// Takes what there is to warn of since the last time.
    pub(crate) fn take_warnings(&mut self) -> Vec<String> {
        self.store.take_warnings()
    }

    /// Says who acts from now on, and when.
    pub fn act_as(&mut self, actor: Actor) {
        self.store.act_as(actor);
    }

    /// The forms as they are known by now.
    #[must_use]
    pub fn forms(&self) -> Vec<Form> {
        self.store.schema.tables().filter(|table| table.parent.is_none()).map(|table| table.form.clone()).collect()
    }

    /// Whether a form was described, and is not learned.
    #[must_use]
    pub fn is_described(&self, form: &str) -> bool {
        self.described.contains(&form.to_lowercase())
    }

    /// Begins a transaction.
    ///
    /// # Errors
    /// [`Code::StoreProblem`] when the database fails.
    pub fn begin(&mut self) -> Result<(), Problem> {
        self.is_reshaped = false;
        self.store.begin()
    }

    /// Ends a transaction. What was learned of the forms is kept even if the records are not.
    ///
    /// # Errors
    /// [`Code::StoreProblem`] when the database fails.
    pub fn end(&mut self, keep: bool) -> Result<(), Problem> {
        self.store.end(keep)?;
        if !keep && std::mem::take(&mut self.is_reshaped) {
            self.store.row_plans.borrow_mut().clear();
            self.store.migrate(true)?;
        }
        Ok(())
    }

    /// Performs one request of a script.
    ///
    /// # Errors
    /// A problem that the script may catch.
    pub fn perform(&mut self, request: &Records) -> Result<Data, Problem> {
        self.learn(request)?;
        match self.store.perform(request) {
            Err(problem) if problem.code == Code::WrongKind => match self.widen(request)? {
                true => self.store.perform(request),
                false => Err(problem),
            },
            done => done,
        }
    }

    /// Adds a record as the product does; see [`Store::submit`].
    ///
    /// # Errors
    /// A value that a field cannot hold, or a rule of the form that it breaks.
    pub fn submit(&mut self, form: &str, fields: &[(FieldPath, Data)]) -> Result<i64, Problem> {
        self.fit(form, fields)?;
        self.store.submit(form, fields)
    }

    /// Adds a record that has an ID already.
    ///
    /// # Errors
    /// As [`LearningStore::submit`].
    pub fn put(&mut self, form: &str, id: i64, fields: &[(FieldPath, Data)]) -> Result<(), Problem> {
        self.fit(form, fields)?;
        self.store.put(form, id, fields)
    }

    /// Changes a record as the product does; see [`Store::store_fields`].
    ///
    /// # Errors
    /// As [`LearningStore::submit`].
    pub fn store_fields(&mut self, form: &str, id: i64, fields: &[(FieldPath, Data)]) -> Result<(), Problem> {
        self.fit(form, fields)?;
        self.store.store_fields(form, id, fields)
    }

    /// Deletes a record; see [`Store::delete`].
    ///
    /// # Errors
    /// [`Code::StoreProblem`] when the database fails.
    pub fn delete(&mut self, form: &str, id: i64) -> Result<(), Problem> {
        self.store.delete(form, id)
    }

    /// The IDs of the records that match, in order.
    ///
    /// # Errors
    /// Criteria that the fields do not allow.
    pub fn ids(&mut self, query: &Query) -> Result<Vec<i64>, Problem> {
        self.learn(&Records::Fetch { query: query.clone(), field: None })?;
        self.store.ids(query, false)
    }

    /// The rows of IDs, null for a record that is not there.
    ///
    /// # Errors
    /// [`Code::UnknownName`] for a form that is not there.
    pub fn rows(&self, form: &str, ids: &[i64]) -> Result<Vec<Data>, Problem> {
        self.store.rows(self.store.schema.expect(form)?, ids)
    }

    /// Makes a form come into being.
    ///
    /// # Errors
    /// [`Code::BadArgument`] for a name that no form can have.
    pub fn learn_form(&mut self, form: &str) -> Result<(), Problem> {
        self.learn(&Records::Rows { form: form.to_owned(), ids: Vec::new() })?;
        self.store.schema.expect(form).map(drop)
    }

    /// Takes forms that were learned before, as [`LearningStore::forms`] gave them. Forms that are known stay as they are.
    ///
    /// # Errors
    /// [`Code::BadArgument`] when the forms do not fit together.
    pub fn remember(&mut self, forms: Vec<Form>) -> Result<(), Problem> {
        let mut all = self.forms();
        for form in forms {
            if !all.iter().any(|known| known.name.eq_ignore_ascii_case(&form.name)) {
                all.push(form);
            }
        }
        self.reshape(all)
    }

    /// Makes the fields of a record able to hold its values.
    fn fit(&mut self, form: &str, fields: &[(FieldPath, Data)]) -> Result<(), Problem> {
        let insert = Records::Insert { form: form.to_owned(), fields: fields.to_vec() };
        self.learn(&insert)?;
        self.widen(&insert).map(drop)
    }

    /// Learns from a request what forms and fields there are.
    ///
    /// # Errors
    /// [`Code::StoreProblem`] when the database fails.
    pub fn learn(&mut self, request: &Records) -> Result<(), Problem> {
        let mut sketch = Sketch::new(self);
        sketch.request(request);
        let Sketch { forms, changed, refits, .. } = sketch;
        if changed {
            self.reshape(forms)?;
        }
        refits.into_iter().try_for_each(|(form, field, kind)| self.refit(&form, &field, kind))
    }

    /// Makes learned fields that cannot hold what is written to them fields of texts; says whether there was one.
    fn widen(&mut self, request: &Records) -> Result<bool, Problem> {
        let (form, fields): (&str, Vec<(&FieldPath, &Data)>) = match request {
            Records::Insert { form, fields } | Records::Set { form, fields, .. } => {
                (form, fields.iter().map(|(path, value)| (path, value)).collect())
            }
            Records::Update { query, field, value } => (&query.form, vec![(field, value)]),
            _ => return Ok(false),
        };
        if self.is_described(form) {
            return Ok(false);
        }
        let Some(table) = self.store.schema.table(form) else { return Ok(false) };
        let locale = &self.store.settings.locale;
        let misfit = |(path, value): &(&FieldPath, &Data)| {
            let [name] = path.0.as_slice() else { return None };
            let field = table.field(name)?;
            let storage = field.storage();
            let holds = match &storage {
                Storage::Composite => value.is_null() || value.as_map().is_some(),
                Storage::Rows => value.is_null() || rows_of(value).is_some(),
                Storage::Choices | Storage::File(_) => true,
                storage => stored::column(field, storage, value, locale).is_ok(),
            };
            let number = matches!(value, Data::Decimal(_) | Data::Float(_)) && storage == Storage::Number;
            let kind = if number { FieldType::Decimal } else { FieldType::TextArea };
            (!holds && !is_system(name)).then(|| (field.name.clone(), kind))
        };
        let misfits: Vec<(String, FieldType)> = fields.iter().filter_map(misfit).collect();
        let name = table.name.clone();
        for (field, kind) in &misfits {
            self.refit(&name, field, *kind)?;
        }
        Ok(!misfits.is_empty())
    }

    /// Gives a field another type, and its records the values that they had.
    fn refit(&mut self, form: &str, name: &str, kind: FieldType) -> Result<(), Problem> {
        let query = Query { form: form.to_owned(), ..Query::default() };
        let ids = self.store.ids(&query, false)?;
        let rows = self.rows(form, &ids)?;
        let mut forms = self.forms();
        let field = forms
            .iter_mut()
            .filter(|known| known.name.eq_ignore_ascii_case(form))
            .flat_map(|known| known.fields.iter_mut())
            .find(|field| field.name == name);
        let Some(field) = field else { return Ok(()) };
        *field = Field::new(name, kind);
        let field = field.clone();
        self.reshape(forms)?;
        let table = self.store.schema.shared(form)?;
        let sql = format!("UPDATE {} SET {} = ?1 WHERE \"ID\" = ?2", quoted(&table.sql()), quoted(name));
        for (id, row) in ids.iter().zip(&rows) {
            let value = row.get(name).cloned().unwrap_or_default();
            if let Ok(value) = stored::column(&field, &field.storage(), &value, &self.store.settings.locale) {
                self.store.execute(&sql, &[value, Sql::Integer(*id)])?;
            }
        }
        Ok(())
    }

    /// Makes the tables those of the forms.
    fn reshape(&mut self, forms: Vec<Form>) -> Result<(), Problem> {
        let schema = Schema::new(forms)?;
        let steps = migrate::plan(&self.store.database, &schema)?;
        migrate::apply(&self.store.database, &steps, true)?;
        self.store.schema = schema;
        self.store.row_plans.borrow_mut().clear();
        self.is_reshaped = true;
        Ok(())
    }

    pub(crate) fn schema(&self) -> &Schema {
        &self.store.schema
    }

    /// Whether all values of a field that holds texts read as the kind that it is compared with.
    pub(crate) fn reads_as(&self, form: &str, field: &Field, kind: FieldType) -> bool {
        let query = Query { form: form.to_owned(), ..Query::default() };
        let Ok(ids) = self.store.ids(&query, false) else { return false };
        let Ok(rows) = self.rows(form, &ids) else { return false };
        let storage = Field::new(&field.name, kind).storage();
        rows.iter().all(|row| {
            row.get(&field.name)
                .is_none_or(|value| stored::column(field, &storage, value, &self.store.settings.locale).is_ok())
        })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use rainwright_effect::{Comparison, Criteria, Data, FieldPath, Operand, Query, Records};

    use super::LearningStore;
    use crate::{Field, FieldType, Form, Settings};

    fn store() -> LearningStore {
        LearningStore::new(Vec::new(), Settings::default()).unwrap()
    }

    fn insert(form: &str, fields: &[(&str, Data)]) -> Records {
        let fields = fields.iter().map(|(name, value)| (FieldPath::parse(name), value.clone())).collect();
        Records::Insert { form: form.into(), fields }
    }

    fn query(form: &str, field: &str, comparison: Comparison, value: impl Into<Data>) -> Query {
        let (left, right) = (Operand::Field(FieldPath::parse(field)), Operand::Value(value.into()));
        Query { form: form.into(), criteria: Some(Criteria::Compare { left, comparison, right }), ..Query::default() }
    }

    fn field(store: &LearningStore, form: &str, name: &str) -> FieldType {
        store.store().schema().table(form).unwrap().field(name).unwrap().kind
    }

    #[test]
    fn forms_and_fields_are_there_when_they_are_named() {
        let mut store = store();
        // A query before anything was written finds nothing, and is no mistake.
        assert!(store.ids(&query("Order", "Status", Comparison::Equal, "Open")).unwrap().is_empty());
        let first =
            insert("Order", &[("Status", "Open".into()), ("Amount", Data::Number(3)), ("Paid", Data::Bool(true))]);
        let id = store.perform(&first).unwrap();
        assert_eq!(store.ids(&query("order", "status", Comparison::Equal, "Open")).unwrap().len(), 1);
        assert_eq!(store.ids(&query("Order", "Amount", Comparison::Greater, 2)).unwrap().len(), 1);
        assert_eq!(store.ids(&query("Order", "Buyer.City", Comparison::Equal, "Rome")).unwrap().len(), 0);
        assert_eq!(field(&store, "Order", "Amount"), FieldType::Number);
        let read =
            Records::Read { form: "Order".into(), id: id.as_number().unwrap(), field: FieldPath::parse("Amount") };
        assert_eq!(store.perform(&read).unwrap(), Data::Number(3));
    }

    #[test]
    fn a_value_of_another_kind_makes_texts_of_a_field() {
        let mut store = store();
        store.perform(&insert("Order", &[("Amount", Data::Number(3))])).unwrap();
        store
            .perform(&insert("Order", &[("Amount", "12.5".parse::<rainwright_effect::Decimal>().unwrap().into())]))
            .unwrap();
        assert_eq!(field(&store, "Order", "Amount"), FieldType::Decimal);
        store.perform(&insert("Order", &[("Amount", "much".into())])).unwrap();
        assert_eq!(field(&store, "Order", "Amount"), FieldType::TextArea);
        let all = store.ids(&Query { form: "Order".into(), ..Query::default() }).unwrap();
        let rows = store.rows("Order", &all).unwrap();
        let shown: Vec<&str> = rows.iter().map(|row| row["Amount"].as_text().unwrap()).collect();
        assert_eq!(shown, ["3", "12.5", "much"]);
    }

    #[test]
    fn texts_that_are_compared_with_a_number_are_numbers() {
        let mut store = store();
        for amount in ["9", "10.5", ""] {
            store.perform(&insert("Order", &[("Amount", amount.into())])).unwrap();
        }
        assert_eq!(store.ids(&query("Order", "Amount", Comparison::Greater, 9)).unwrap().len(), 1);
        assert_eq!(field(&store, "Order", "Amount"), FieldType::Decimal);
        // What is no number stays a text.
        store.perform(&insert("Order", &[("Size", "large".into())])).unwrap();
        store.ids(&query("Order", "Size", Comparison::Greater, 9)).unwrap();
        assert_eq!(field(&store, "Order", "Size"), FieldType::TextArea);
    }

    #[test]
    fn what_was_learned_outlives_a_transaction_that_is_undone() {
        let mut store = store();
        store.begin().unwrap();
        let row = Data::map([("Item", Data::from("Hat")), ("Price", Data::Number(5))]);
        store.perform(&insert("Order", &[("Lines", Data::List(vec![row])), ("Name", "x".into())])).unwrap();
        store.end(false).unwrap();
        assert_eq!(field(&store, "Order", "Lines"), FieldType::Subform);
        assert_eq!(store.ids(&query("Order", "Lines.Item", Comparison::Equal, "Hat")).unwrap().len(), 0);
        store.put("Order", 7, &[(FieldPath::parse("Name"), "y".into())]).unwrap();
        assert_eq!(store.ids(&Query { form: "Order".into(), ..Query::default() }).unwrap(), [7]);
        assert!(store.put("Order", 7, &[]).is_err());
    }

    #[test]
    fn described_forms_are_as_strict_as_ever() {
        let form =
            Form { name: "Order".into(), fields: vec![Field::new("Amount", FieldType::Number)], ..Form::default() };
        let mut store = LearningStore::new(vec![form], Settings::default()).unwrap();
        assert!(store.perform(&insert("Order", &[("Amount", "much".into())])).is_err());
        assert!(store.perform(&insert("Order", &[("Amonut", Data::Number(1))])).is_err());
        assert!(store.perform(&insert("Other", &[("Amonut", Data::Number(1))])).is_ok());
    }
}
