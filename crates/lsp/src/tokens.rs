//! Colours in the protocol's form: numbers, each relative to the one before.

use crate::position::{Lines, Units};
use lsp_types::{
    SemanticToken as Encoded, SemanticTokenModifier, SemanticTokenType, SemanticTokensEdit, SemanticTokensLegend,
};
use rainwright_ide::{Modifiers, SemanticToken, TokenKind};

/// The names of the kinds, in the order of [`TokenKind::ALL`], and of the modifiers, in the order of their bits.
pub(crate) fn legend() -> SemanticTokensLegend {
    let kind = |kind: &TokenKind| match kind {
        TokenKind::Keyword => SemanticTokenType::KEYWORD,
        TokenKind::Type => SemanticTokenType::TYPE,
        TokenKind::Variable => SemanticTokenType::VARIABLE,
        TokenKind::Parameter => SemanticTokenType::PARAMETER,
        TokenKind::Property => SemanticTokenType::PROPERTY,
        TokenKind::Function => SemanticTokenType::FUNCTION,
        TokenKind::Method => SemanticTokenType::METHOD,
        TokenKind::Namespace => SemanticTokenType::NAMESPACE,
        TokenKind::String => SemanticTokenType::STRING,
        TokenKind::Number => SemanticTokenType::NUMBER,
        TokenKind::Comment => SemanticTokenType::COMMENT,
        TokenKind::Operator => SemanticTokenType::OPERATOR,
        TokenKind::Macro => SemanticTokenType::MACRO,
    };
    SemanticTokensLegend {
        token_types: TokenKind::ALL.iter().map(kind).collect(),
        token_modifiers: vec![
            SemanticTokenModifier::DECLARATION,
            SemanticTokenModifier::DEFAULT_LIBRARY,
            SemanticTokenModifier::READONLY,
            SemanticTokenModifier::MODIFICATION,
            SemanticTokenModifier::DEPRECATED,
        ],
    }
}

fn bits(modifiers: Modifiers) -> u32 {
    let all = [modifiers.definition, modifiers.library, modifiers.readonly, modifiers.written, modifiers.deprecated];
    all.iter().enumerate().map(|(at, set)| u32::from(*set) << at).sum()
}

pub(crate) fn encode(tokens: &[SemanticToken], text: &str, lines: &Lines, units: Units) -> Vec<Encoded> {
    let mut before = lsp_types::Position::default();
    let encoded = tokens.iter().map(|token| {
        let range = lines.range(text, token.span, units);
        let delta_line = range.start.line - before.line;
        let delta_start = range.start.character - if delta_line == 0 { before.character } else { 0 };
        before = range.start;
        Encoded {
            delta_line,
            delta_start,
            length: range.end.character.saturating_sub(range.start.character),
            token_type: TokenKind::ALL.iter().position(|kind| *kind == token.kind).unwrap_or(0) as u32,
            token_modifiers_bitset: bits(token.modifiers),
        }
    });
    encoded.collect()
}

/// The edit that makes one list of another: what is between their common beginning and their common end.
pub(crate) fn delta(old: &[Encoded], new: &[Encoded]) -> Vec<SemanticTokensEdit> {
    let start = old.iter().zip(new).take_while(|(a, b)| a == b).count();
    let end = old[start..].iter().rev().zip(new[start..].iter().rev()).take_while(|(a, b)| a == b).count();
    let (removed, inserted) = (old.len() - start - end, &new[start..new.len() - end]);
    if removed == 0 && inserted.is_empty() {
        return Vec::new();
    }
    // A token is five numbers.
    let data = (!inserted.is_empty()).then(|| inserted.to_vec());
    vec![SemanticTokensEdit { start: start as u32 * 5, delete_count: removed as u32 * 5, data }]
}
