//! The modules: which fields they must have, which are numbers or addresses, and where lookups lead.

/// One module.
pub(super) struct Module {
    /// Its API name.
    pub(super) name: &'static str,
    /// Fields that a new record must have.
    pub(super) mandatory: &'static [&'static str],
    /// The fields that `upsert` compares unless told otherwise.
    pub(super) duplicate_check: &'static [&'static str],
    /// Fields that hold a mail address.
    pub(super) emails: &'static [&'static str],
    /// Fields that hold a number.
    pub(super) numbers: &'static [&'static str],
    /// Fields that hold another record, and its module; `*` is any.
    pub(super) lookups: &'static [(&'static str, &'static str)],
    /// The field that names a record.
    pub(super) title: &'static str,
}

const PLAIN: Module = Module {
    name: "",
    mandatory: &[],
    duplicate_check: &[],
    emails: &[],
    numbers: &[],
    lookups: &[],
    title: "Subject",
};

static MODULES: &[Module] = &[
    Module {
        name: "Leads",
        mandatory: &["Last_Name"],
        duplicate_check: &["Email"],
        emails: &["Email", "Secondary_Email"],
        numbers: &["Annual_Revenue", "No_of_Employees"],
        title: "Full_Name",
        ..PLAIN
    },
    Module {
        name: "Contacts",
        mandatory: &["Last_Name"],
        duplicate_check: &["Email"],
        emails: &["Email", "Secondary_Email"],
        lookups: &[("Account_Name", "Accounts")],
        title: "Full_Name",
        ..PLAIN
    },
    Module {
        name: "Accounts",
        mandatory: &["Account_Name"],
        duplicate_check: &["Account_Name"],
        numbers: &["Annual_Revenue", "Employees"],
        lookups: &[("Parent_Account", "Accounts")],
        title: "Account_Name",
        ..PLAIN
    },
    Module {
        name: "Deals",
        mandatory: &["Deal_Name", "Stage"],
        duplicate_check: &["Deal_Name"],
        numbers: &["Amount", "Probability", "Expected_Revenue"],
        lookups: &[("Account_Name", "Accounts"), ("Contact_Name", "Contacts"), ("Campaign_Source", "Campaigns")],
        title: "Deal_Name",
        ..PLAIN
    },
    Module {
        name: "Campaigns",
        mandatory: &["Campaign_Name"],
        duplicate_check: &["Campaign_Name"],
        numbers: &["Num_sent", "Expected_Revenue", "Budgeted_Cost", "Actual_Cost", "Expected_Response"],
        title: "Campaign_Name",
        ..PLAIN
    },
    Module {
        name: "Events",
        mandatory: &["Event_Title", "Start_DateTime", "End_DateTime"],
        lookups: &[("Who_Id", "Contacts"), ("What_Id", "*")],
        title: "Event_Title",
        ..PLAIN
    },
    Module { name: "Tasks", mandatory: &["Subject"], lookups: &[("Who_Id", "Contacts"), ("What_Id", "*")], ..PLAIN },
    Module {
        name: "Calls",
        mandatory: &["Subject", "Call_Type", "Call_Start_Time"],
        lookups: &[("Who_Id", "Contacts"), ("What_Id", "*")],
        ..PLAIN
    },
    Module {
        name: "Notes",
        mandatory: &["Note_Content", "Parent_Id"],
        lookups: &[("Parent_Id", "*")],
        title: "Note_Title",
        ..PLAIN
    },
    Module {
        name: "Products",
        mandatory: &["Product_Name"],
        duplicate_check: &["Product_Name"],
        numbers: &["Unit_Price", "Qty_in_Stock"],
        title: "Product_Name",
        ..PLAIN
    },
];

/// The module of that API name.
pub(super) fn find(name: &str) -> Option<&'static Module> {
    MODULES.iter().find(|module| module.name == name)
}

/// All modules.
pub(super) fn all() -> impl Iterator<Item = &'static Module> {
    MODULES.iter()
}
