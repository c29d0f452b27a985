//! Values that make sense: picked by the name of the field or variable.

use rainwright_effect::{Data, Decimal};
use rainwright_value::{Kind, MONTHS};

/// Names in a value's own name, and the texts that fit; the first row that fits counts.
const TEXTS: &[(&[&str], &[&str])] = &[
    (
        &["email", "mail", "emailid", "recipient"],
        &["ada.lindqvist@example.com", "noor.haddad@example.com", "tom.okafor@example.com"],
    ),
    (&["phone", "mobile", "fax", "whatsapp", "tel"], &["+14155550123", "+442079460123", "+4930555012"]),
    (&["firstname", "givenname", "fname"], &["Ada", "Noor", "Tom"]),
    (&["lastname", "surname", "familyname", "lname"], &["Lindqvist", "Haddad", "Okafor"]),
    (
        &[
            "username",
            "fullname",
            "contactname",
            "customername",
            "leadname",
            "ownername",
            "displayname",
            "employee",
            "assignee",
            "person",
        ],
        &["Ada Lindqvist", "Noor Haddad", "Tom Okafor"],
    ),
    (
        &[
            "companyname",
            "organizationname",
            "vendorname",
            "company",
            "accountname",
            "account",
            "organization",
            "organisation",
            "vendor",
            "business",
            "employer",
        ],
        &["Acme Trading", "Borealis Ltd", "Corvo Foods"],
    ),
    (&["filename", "attachment", "document"], &["report.pdf", "invoice.pdf", "photo.png"]),
    (&["street", "address1", "addressline", "address"], &["12 Harbour Street", "4 Mill Lane", "77 Station Road"]),
    (&["city", "town"], &["Lisbon", "Oslo", "Pune"]),
    (&["statecode", "province", "region"], &["CA", "NY", "TX"]),
    (&["countrycode"], &["PT", "NO", "IN"]),
    (&["country"], &["Portugal", "Norway", "India"]),
    (&["zip", "postal", "pincode", "postcode"], &["10115", "94105", "11001"]),
    (
        &["url", "website", "link", "webhook", "href", "uri"],
        &["https://www.example.com/page", "https://www.example.com/two", "https://www.example.org/"],
    ),
    (&["domain", "host"], &["www.example.com", "api.example.com", "example.org"]),
    (&["currencycode", "currency"], &["EUR", "USD", "INR"]),
    (
        &["token", "apikey", "secret", "password", "authkey", "accesskey"],
        &["made-up-token", "made-up-token-2", "made-up-token-3"],
    ),
    (&["language", "locale"], &["en", "de", "fr"]),
    (&["timezone"], &["UTC", "Europe/Berlin", "Asia/Kolkata"]),
    (&["color", "colour"], &["#2a6f97", "#d1495b", "#edae49"]),
    (&["subject", "title", "topic", "summary"], &["Quarterly review", "New order", "Follow-up call"]),
    (
        &["description", "note", "comment", "remark", "content", "body", "text", "message", "msg", "reason"],
        &["Please call back on Friday.", "Delivered to the front desk.", "Asked for a discount."],
    ),
    (&["productname", "itemname", "product", "item", "article", "sku"], &["Desk lamp", "Office chair", "Notebook"]),
    (&["module"], &["Leads", "Contacts", "Deals"]),
    (&["stage"], &["Qualification", "Negotiation", "Closed Won"]),
    (&["status", "state"], &["Active", "Open", "Closed"]),
    (&["priority"], &["High", "Medium", "Low"]),
    (&["type", "category", "kind", "industry", "source", "department", "role"], &["Standard", "Premium", "Trial"]),
    (&["gender"], &["female", "male", "other"]),
    (&["method"], &["GET", "POST", "PUT"]),
    (&["name", "label", "owner", "user", "key"], &["Ada Lindqvist", "Noor Haddad", "Tom Okafor"]),
    (&["number", "no", "code", "reference", "ref", "num"], &["INV-000123", "INV-000124", "INV-000125"]),
];

const AMOUNTS: &[&str] = &[
    "amount",
    "price",
    "total",
    "cost",
    "rate",
    "revenue",
    "balance",
    "salary",
    "budget",
    "tax",
    "fee",
    "discount",
    "payment",
    "value",
    "commission",
    "sum",
    "net",
    "gross",
    "paid",
    "due",
];
const COUNTS: &[&str] = &[
    "quantity",
    "qty",
    "count",
    "size",
    "units",
    "hours",
    "days",
    "number",
    "num",
    "index",
    "page",
    "limit",
    "age",
    "employees",
    "score",
    "rating",
    "sequence",
    "minutes",
    "seats",
];
const DATES: &[&str] = &[
    "date",
    "time",
    "deadline",
    "birthday",
    "dob",
    "expiry",
    "createdat",
    "updatedat",
    "start",
    "end",
    "since",
    "until",
];
const FLAGS: &[&str] = &[
    "is",
    "has",
    "can",
    "optout",
    "enabled",
    "active",
    "success",
    "approved",
    "converted",
    "more",
    "flag",
    "verified",
    "subscribed",
];

/// The letters of a name in one case: `Account_Name` and `accountName` are the same word.
fn plain(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Whether a name is one of an identifier.
pub(crate) fn is_id(name: &str) -> bool {
    let lower = name.to_lowercase();
    lower == "id"
        || name.ends_with("Id")
        || name.ends_with("ID")
        || lower.ends_with("_id")
        || lower.ends_with("ids") && lower.len() > 3 && name.contains(['I', '_'])
        || lower.ends_with("id")
            && ["lead", "deal", "contact", "account", "record", "order", "invoice", "org", "task", "user", "customer"]
                .iter()
                .any(|stem| lower.contains(stem))
}

/// Whether a name asks whether there is more to fetch.
pub(crate) fn is_more(name: &str) -> bool {
    let name = plain(name);
    name.contains("more") || name.contains("hasnext") || name.contains("nextpage")
}

/// Whether a name says where the next page begins.
pub(crate) fn is_next(name: &str) -> bool {
    const NEXT: &[&str] = &["cursor", "pagetoken", "nextpage", "nexttoken", "nextlink", "nexturl", "continuation"];
    let name = plain(name);
    name == "next" || NEXT.iter().any(|word| name.ends_with(word))
}

/// Whether a name is one of a date.
pub(crate) fn is_date(name: &str) -> bool {
    let name = plain(name);
    DATES.iter().any(|word| name.ends_with(word) || name.starts_with(word) && *word == "date")
        && !name.contains("timezone")
}

/// The kind that a name suggests.
pub(crate) fn kind(name: &str) -> Option<Kind> {
    if is_id(name) {
        return None;
    }
    let lower = plain(name);
    let ends = |words: &[&str]| words.iter().any(|word| lower.ends_with(word));
    if is_more(name)
        || FLAGS.iter().any(|word| lower.starts_with(word) && lower.len() > word.len() && is_flag(name, word))
    {
        return Some(Kind::Bool);
    }
    if ends(AMOUNTS) {
        return Some(Kind::Decimal);
    }
    if ["quantity", "qty", "count", "hours", "days", "index", "page", "age"].iter().any(|word| lower.ends_with(word))
        && !lower.ends_with("page")
    {
        return Some(Kind::Number);
    }
    None
}

/// `isActive`, `is_active` begin with the word; `issue` does not.
fn is_flag(name: &str, word: &str) -> bool {
    if word.len() > 3 {
        return true;
    }
    name.chars().nth(word.len()).is_some_and(|next| next == '_' || next.is_uppercase())
}

/// A clock in days and milliseconds since 1970, and which of several values is meant.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Turn {
    /// Milliseconds since 1970-01-01T00:00:00Z.
    pub(crate) now: i64,
    /// Which of several: the place in a list, moved by the seed.
    pub(crate) index: u64,
}

const DAY: i64 = 86_400_000;

/// A value of a kind that fits a name.
pub(crate) fn scalar(kind: Kind, name: &str, turn: Turn) -> Data {
    match kind {
        Kind::Bool => Data::Bool(!is_more(name)),
        Kind::Number => number(name, turn),
        Kind::Decimal => amount(turn).into(),
        Kind::DateTime if plain(name).contains("time") => Data::DateTime { millis: moment(turn), offset: 0 },
        Kind::DateTime => Data::Date(moment(turn).div_euclid(DAY)),
        Kind::Time => Data::Time { millis: 34_200_000 + (turn.index as i64 % 8) * 3_600_000, twelve_hours: false },
        Kind::File => {
            let bytes = b"name,amount\nAda Lindqvist,1250.50\n".to_vec();
            rainwright_effect::File {
                name: "report.csv".into(),
                mime: "text/csv".into(),
                bytes: bytes.into(),
                ..Default::default()
            }
            .into()
        }
        Kind::Null => Data::Null,
        _ => Data::Text(text(name, turn)),
    }
}

fn number(name: &str, turn: Turn) -> Data {
    if is_id(name) {
        return Data::Number(id(turn));
    }
    let lower = plain(name);
    if lower.ends_with("year") {
        return Data::Number(date_parts(turn.now).0);
    }
    if lower.ends_with("month") {
        return Data::Number(date_parts(turn.now).1);
    }
    if AMOUNTS.iter().any(|word| lower.ends_with(word)) {
        return Data::Number(1250 + turn.index as i64 * 100);
    }
    if lower.contains("percent") {
        return Data::Number(15);
    }
    if lower.ends_with("time") || lower.ends_with("timestamp") || lower.ends_with("millis") {
        return Data::Number(moment(turn));
    }
    let step = turn.index as i64;
    Data::Number(if COUNTS.iter().any(|word| lower.ends_with(word)) { 3 + step } else { 5 + step })
}

/// An id as Zoho's products give them: 19 digits.
fn id(turn: Turn) -> i64 {
    4_876_876_000_000_304_001 + (turn.index % 1000) as i64 * 10
}

fn amount(turn: Turn) -> Decimal {
    Decimal::new(125_050 + i128::from(turn.index) * 7_525, 2)
}

/// Days near the clock: yesterday, and some before.
fn moment(turn: Turn) -> i64 {
    let day = turn.now.div_euclid(DAY) - 1 - (turn.index as i64 % 20) * 3;
    day * DAY + 37_800_000
}

/// A text that is read as a number.
pub(crate) fn digits(name: &str, turn: Turn) -> String {
    if is_id(name) {
        return id(turn).to_string();
    }
    match kind(name) {
        Some(Kind::Decimal) => amount(turn).to_string(),
        _ => match number(name, turn) {
            Data::Number(number) => number.to_string(),
            other => other.to_string(),
        },
    }
}

/// A text that fits a name.
pub(crate) fn text(name: &str, turn: Turn) -> String {
    if is_id(name) {
        return id(turn).to_string();
    }
    if is_date(name) {
        return date_text("", plain(name).contains("time"), turn);
    }
    let lower = plain(name);
    let fits = |words: &[&str], exact: bool| {
        words.iter().any(|word| if exact { lower == *word } else { lower.ends_with(word) })
    };
    let contains = |words: &[&str]| words.iter().any(|word| word.len() > 3 && lower.contains(word));
    let row = TEXTS
        .iter()
        .find(|(words, _)| fits(words, true))
        .or_else(|| TEXTS.iter().find(|(words, _)| fits(words, false)))
        .or_else(|| TEXTS.iter().find(|(words, _)| contains(words)));
    if let Some((_, values)) = row {
        return values[turn.index as usize % values.len()].to_owned();
    }
    if AMOUNTS.iter().any(|word| lower.ends_with(word)) {
        return amount(turn).to_string();
    }
    const PLAIN: &[&str] = &["Harbour", "Meadow", "Juniper", "Cobalt"];
    PLAIN[turn.index as usize % PLAIN.len()].to_owned()
}

fn date_parts(millis: i64) -> (i64, i64, i64) {
    let date = jiff::Timestamp::from_millisecond(millis).map(|at| jiff::tz::TimeZone::UTC.to_datetime(at).date());
    date.map_or((2026, 1, 1), |date| (date.year().into(), date.month().into(), date.day().into()))
}

/// A date near the clock as text: by a Java pattern, or as ISO 8601 has it.
pub(crate) fn date_text(pattern: &str, with_time: bool, turn: Turn) -> String {
    let at = moment(turn);
    let (year, month, day) = date_parts(at);
    if pattern.is_empty() {
        let date = format!("{year:04}-{month:02}-{day:02}");
        return if with_time { format!("{date}T10:30:00+00:00") } else { date };
    }
    let mut out = String::new();
    let mut letters = pattern.chars().peekable();
    while let Some(letter) = letters.next() {
        if letter == '\'' {
            for quoted in letters.by_ref().take_while(|c| *c != '\'') {
                out.push(quoted);
            }
            continue;
        }
        let mut count = 1;
        while letters.peek() == Some(&letter) {
            letters.next();
            count += 1;
        }
        let name = MONTHS[(month.clamp(1, 12) - 1) as usize];
        match (letter, count) {
            ('y' | 'Y', 2) => out.push_str(&format!("{:02}", year % 100)),
            ('y' | 'Y', _) => out.push_str(&format!("{year:04}")),
            ('M', 1) => out.push_str(&month.to_string()),
            ('M', 2) => out.push_str(&format!("{month:02}")),
            ('M', 3) => out.push_str(&name[..3]),
            ('M', _) => out.push_str(name),
            ('d', 1) => out.push_str(&day.to_string()),
            ('d', _) => out.push_str(&format!("{day:02}")),
            ('H' | 'h' | 'k' | 'K', _) => out.push_str("10"),
            ('m', _) => out.push_str("30"),
            ('s', _) => out.push_str("00"),
            ('S', _) => out.push_str(&"0".repeat(count)),
            ('a', _) => out.push_str("AM"),
            ('E', 4..) => out.push_str("Monday"),
            ('E', _) => out.push_str("Mon"),
            ('Z', _) => out.push_str("+0000"),
            ('X', _) => out.push_str("+00:00"),
            ('z', _) => out.push_str("UTC"),
            (other, count) => out.extend(std::iter::repeat_n(other, count)),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{Turn, date_text, is_id, kind, text};
    use rainwright_value::Kind;

    const TURN: Turn = Turn { now: 1_767_225_600_000, index: 0 };

    #[test]
    fn names_decide() {
        assert_eq!(text("Email", TURN), "ada.lindqvist@example.com");
        assert_eq!(text("Account_Name", TURN), "Acme Trading");
        assert_eq!(text("leadId", TURN), "4876876000000304001");
        assert_eq!(text("Closing_Date", TURN), "2025-12-31");
        assert!(is_id("deal_id") && is_id("ID") && !is_id("paid") && !is_id("valid"));
        assert_eq!(kind("Grand_Total"), Some(Kind::Decimal));
        assert_eq!(kind("isActive"), Some(Kind::Bool));
        assert_eq!(kind("issue"), None);
    }

    #[test]
    fn dates_follow_patterns() {
        assert_eq!(date_text("dd-MMM-yyyy", false, TURN), "31-Dec-2025");
        assert_eq!(date_text("yyyy-MM-dd'T'HH:mm:ss", false, TURN), "2025-12-31T10:30:00");
    }
}
