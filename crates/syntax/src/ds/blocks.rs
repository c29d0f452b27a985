//! Reads sections of an export that name things: connections, data sources, profiles and roles.

use std::ops::Range;

use super::brackets::Lexed;
use super::forms::body_texts;
use super::{closing, heading, tokens};
use crate::literal::unquote;
use crate::token::Token;

/// How deep blocks are read: roles are a block within a section.
const DEEPEST: usize = 2;

/// A block of a section.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExportedBlock {
    /// The words in front of it, without quotes.
    pub name: String,
    /// Its settings as written, keys in lower case.
    pub settings: Vec<(String, String)>,
    /// The blocks in it.
    pub blocks: Vec<ExportedBlock>,
}

impl ExportedBlock {
    /// A setting.
    #[must_use]
    pub fn setting(&self, key: &str) -> Option<&str> {
        self.settings.iter().find(|(known, _)| known == key).map(|(_, value)| value.as_str())
    }
}

/// The blocks of a section of the application, such as `connections`; none when there is no such section.
#[must_use]
pub fn blocks(source: &str, section: &str) -> Option<Vec<ExportedBlock>> {
    let lexed = tokens(source);
    let Lexed { kinds, spans } = &lexed;
    let open = kinds.iter().position(|kind| *kind == Token::OpenBrace)?;
    let end = closing(kinds, open).unwrap_or(kinds.len());
    let mut at = open + 1;
    while at < end {
        if matches!(kinds[at], Token::OpenBrace | Token::OpenParen | Token::OpenSquare) {
            let close = closing(kinds, at)?;
            if kinds[at] == Token::OpenBrace && heading(source, spans, kinds, at) == section {
                return Some(within(source, &lexed, at + 1..close, 0));
            }
            at = close;
        }
        at += 1;
    }
    None
}

fn within(source: &str, lexed: &Lexed, range: Range<usize>, depth: usize) -> Vec<ExportedBlock> {
    let Lexed { kinds, spans } = lexed;
    let mut found = Vec::new();
    let mut at = range.start;
    while at < range.end {
        let is_list = at > 0 && kinds[at - 1] == Token::Assign;
        if matches!(kinds[at], Token::OpenBrace | Token::OpenParen) {
            let Some(close) = closing(kinds, at) else { break };
            if !is_list {
                found.push(ExportedBlock {
                    name: unquote(&heading(source, spans, kinds, at)).into(),
                    settings: body_texts(source, lexed, at + 1..close),
                    blocks: match depth < DEEPEST {
                        true => within(source, lexed, at + 1..close, depth + 1),
                        false => Vec::new(),
                    },
                });
            }
            at = close;
        }
        at += 1;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::blocks;

    #[test]
    fn blocks_have_names_settings_and_blocks() {
        let source = "application \"Desk\"\n{\n\tshare_settings\n\t{\n\t\t\"Clerk\"\n\t\t{\n\t\t\tname = \"Clerk\"\n\t\t\tpermissions = {Chat:false}\n\t\t}\n\t\troles\n\t\t{\n\t\t\t\"Boss\"\n\t\t\t{\n\t\t\t\tdescription = \"B\"\n\t\t\t}\n\t\t}\n\t}\n\tconnections\n\t{\n\t\trec ( connector = zohorecruit permissions = {a} )\n\t}\n}";
        let shared = blocks(source, "share_settings").unwrap_or_default();
        let names: Vec<&str> = shared.iter().map(|block| block.name.as_str()).collect();
        assert_eq!(names, ["Clerk", "roles"]);
        assert_eq!(shared[1].blocks[0].name, "Boss");
        let connections = blocks(source, "connections").unwrap_or_default();
        assert_eq!((connections[0].name.as_str(), connections[0].setting("connector")), ("rec", Some("zohorecruit")));
        assert_eq!(blocks(source, "datasources"), None);
    }
}
