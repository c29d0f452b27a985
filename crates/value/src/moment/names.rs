//! English names of months, days and zones.

/// Months, in order.
pub const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// Days of the week, from Sunday.
pub(super) const WEEKDAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/// The first three letters of an English name.
pub(super) fn short(name: &str) -> &str {
    name.get(..3).unwrap_or(name)
}

/// The number, from 1, of the day of the week with that English name, in any case: Sunday 1 to Saturday 7.
#[must_use]
pub fn weekday_number(name: &str) -> Option<u32> {
    let name = name.trim();
    let position = WEEKDAYS.iter().position(|day| day.eq_ignore_ascii_case(name))?;
    Some(position as u32 + 1)
}

/// What a zone is called: short and long, in winter and in summer.
#[derive(Clone, Copy)]
pub(super) struct ZoneNames {
    /// `PST`, `PDT`.
    pub short: [&'static str; 2],
    /// `Pacific Standard Time`, `Pacific Daylight Time`.
    pub long: [&'static str; 2],
}

/// The names that Java prints for zones, one line each: the four names, then the zones' ids.
const ZONES: &str = include_str!("zones.tsv");

fn lines() -> impl Iterator<Item = (ZoneNames, &'static str)> {
    ZONES.lines().filter_map(|line| {
        let mut cells = line.split('\t');
        let mut next = || cells.next();
        let names = ZoneNames { short: [next()?, next()?], long: [next()?, next()?] };
        Some((names, next()?))
    })
}

/// The names of a zone, if it has any besides its offset.
pub(super) fn zone_names(id: &str) -> Option<ZoneNames> {
    lines().find(|(_, ids)| ids.split(' ').any(|known| known == id)).map(|(names, _)| names)
}

/// The zone whose name is at the start of a text, and the bytes that the name takes; `prefer` wins among namesakes.
pub(super) fn zone_at(text: &str, prefer: &str) -> Option<(&'static str, usize, bool)> {
    let mut best: Option<(&'static str, usize, bool, bool)> = None;
    for (names, ids) in lines() {
        let mut consider = |name: &'static str, summer: bool| {
            let fits = !name.is_empty() && text.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name));
            let preferred = ids.split(' ').any(|id| id == prefer);
            let better = best.is_none_or(|(_, len, _, known)| (name.len(), preferred) > (len, known));
            if fits && better {
                let id = if preferred { ids.split(' ').find(|id| *id == prefer) } else { ids.split(' ').next() };
                best = id.map(|id| (id, name.len(), summer, preferred));
            }
        };
        for summer in [false, true] {
            consider(names.short[usize::from(summer)], summer);
            consider(names.long[usize::from(summer)], summer);
        }
    }
    best.map(|(id, len, summer, _)| (id, len, summer))
}
