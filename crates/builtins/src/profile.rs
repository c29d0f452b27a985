//! What differs between Zoho's products, as data.

/// The switches that a product sets.
#[derive(Debug)]
pub struct Profile {
    /// The name for `--profile`: `zoho-crm`.
    pub name: &'static str,
    /// The product in words.
    pub title: &'static str,
    /// Whether `||` binds tighter than `&&`, as Creator's help says.
    pub or_before_and: bool,
    /// Whether `isNull`, `isBlank` and `isEmpty` answer as Creator does.
    pub creator_null_predicates: bool,
    /// Whether texts may be ordered with `<` and `>`.
    pub order_texts: bool,
    /// Whether `<` and `>` with null stop the script; otherwise they do not hold.
    pub null_order_fails: bool,
    /// Whether form statements and record queries exist.
    pub forms: bool,
    /// The documented limits, for `--limits`.
    pub limits: Limits,
}

/// The limits that a product documents; `None` where it documents none.
#[derive(Clone, Copy, Debug, Default)]
pub struct Limits {
    /// Statements in one run.
    pub statements: Option<u64>,
    /// Calls of functions in one run.
    pub calls: Option<u64>,
    /// Seconds of a run.
    pub seconds: Option<u64>,
    /// Bytes of all `info` lines.
    pub info_bytes: Option<usize>,
    /// Bytes of one HTTP answer.
    pub response_bytes: Option<usize>,
}

const CRM: Profile = Profile {
    name: "zoho-crm",
    title: "Zoho CRM",
    or_before_and: false,
    creator_null_predicates: false,
    order_texts: true,
    null_order_fails: true,
    forms: false,
    limits: Limits {
        statements: Some(200_000),
        calls: Some(75),
        seconds: Some(60),
        info_bytes: Some(500 << 10),
        response_bytes: Some(10 << 20),
    },
};

/// Every profile; the first one is the default.
pub const PROFILES: &[Profile] = &[
    CRM,
    Profile {
        name: "zoho-creator",
        title: "Zoho Creator",
        or_before_and: true,
        creator_null_predicates: true,
        order_texts: false,
        null_order_fails: false,
        forms: true,
        limits: Limits {
            statements: Some(5_000),
            calls: Some(75),
            seconds: Some(60),
            info_bytes: Some(500 << 10),
            response_bytes: Some(5 << 20),
        },
    },
    Profile { name: "zoho-books", title: "Zoho Books", ..CRM },
    Profile { name: "zoho-invoice", title: "Zoho Invoice", ..CRM },
    Profile { name: "zoho-inventory", title: "Zoho Inventory", ..CRM },
    Profile { name: "zoho-billing", title: "Zoho Billing", ..CRM },
    Profile { name: "zoho-desk", title: "Zoho Desk", ..CRM },
    Profile { name: "zoho-cliq", title: "Zoho Cliq", ..CRM },
    Profile { name: "zoho-flow", title: "Zoho Flow", ..CRM },
    Profile { name: "zoho-salesiq", title: "Zoho SalesIQ", limits: Limits { seconds: Some(90), ..CRM.limits }, ..CRM },
    Profile { name: "zoho-recruit", title: "Zoho Recruit", ..CRM },
    Profile { name: "zoho-bigin", title: "Bigin", ..CRM },
    Profile { name: "zoho-orchestly", title: "Zoho Orchestly", ..CRM },
    Profile { name: "zoho-sigma", title: "Zoho Sigma", ..CRM },
    Profile { name: "zoho-sdp", title: "ServiceDesk Plus", ..CRM },
    Profile { name: "zoho-projects", title: "Zoho Projects", ..CRM },
    Profile { name: "zoho-people", title: "Zoho People", ..CRM },
    Profile { name: "zoho-sign", title: "Zoho Sign", ..CRM },
    Profile { name: "zoho-writer", title: "Zoho Writer", ..CRM },
    Profile { name: "zoho-forms", title: "Zoho Forms", ..CRM },
    Profile { name: "zoho-workdrive", title: "Zoho WorkDrive", ..CRM },
];

impl Profile {
    /// The profile used when none is named: `zoho-crm`.
    #[must_use]
    pub fn default_profile() -> &'static Profile {
        &PROFILES[0]
    }

    /// The profile of a name, with or without `zoho-`.
    #[must_use]
    pub fn find(name: &str) -> Option<&'static Profile> {
        let name = name.to_ascii_lowercase();
        PROFILES.iter().find(|p| p.name == name || p.name.strip_prefix("zoho-") == Some(name.as_str()))
    }
}
