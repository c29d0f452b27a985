//! Turns the answers of the analysis into those of the protocol; no other file knows both.

use crate::capabilities::CONNECT;
use crate::files::uri_of;
use crate::position::{Lines, Units};
use lsp_types::{
    CallHierarchyItem, CodeAction, CodeActionKind, CodeActionOrCommand, CodeLens, Command, CompletionItem,
    CompletionItemKind, CompletionItemTag, CompletionTextEdit, Diagnostic, DiagnosticRelatedInformation,
    DiagnosticSeverity, DiagnosticTag, DocumentHighlight, DocumentHighlightKind, DocumentSymbol, Documentation,
    FoldingRange, FoldingRangeKind, Hover, HoverContents, InlayHint, InlayHintKind, InlayHintLabel, InsertTextFormat,
    Location, MarkupContent, MarkupKind, NumberOrString, OneOf, ParameterInformation, ParameterLabel, Range,
    SelectionRange, SignatureHelp, SignatureInformation, SymbolKind, TextEdit, Uri, WorkspaceEdit, WorkspaceSymbol,
};
use rainwright_diagnostic::{Code, Severity, Span};
use rainwright_ide as ide;
use serde_json::json;
use std::collections::HashMap;

/// A text with what is needed to say where something is in it.
pub(crate) struct Page<'a> {
    pub(crate) text: &'a str,
    pub(crate) lines: &'a Lines,
    pub(crate) units: Units,
}

impl Page<'_> {
    pub(crate) fn range(&self, span: Span) -> Range {
        self.lines.range(self.text, span, self.units)
    }

    pub(crate) fn edits(&self, edits: &[ide::Edit]) -> Vec<TextEdit> {
        edits.iter().map(|edit| TextEdit { range: self.range(edit.span), new_text: edit.text.clone() }).collect()
    }

    pub(crate) fn diagnostic(&self, found: &rainwright_diagnostic::Diagnostic, uri: &Uri) -> Diagnostic {
        let labels = found.labels.iter().map(|label| DiagnosticRelatedInformation {
            location: Location { uri: uri.clone(), range: self.range(label.span) },
            message: label.text.clone(),
        });
        let labels: Vec<_> = labels.collect();
        Diagnostic {
            range: self.range(found.span),
            severity: Some(match found.severity {
                Severity::Error => DiagnosticSeverity::ERROR,
                Severity::Warning => DiagnosticSeverity::WARNING,
                Severity::Note => DiagnosticSeverity::HINT,
            }),
            code: Some(NumberOrString::String(found.problem.code.to_string())),
            source: Some("dg".to_owned()),
            message: format!("{}\n{}", found.problem.message, found.problem.help()),
            related_information: (!labels.is_empty()).then_some(labels),
            tags: (found.problem.code == Code::Unreachable).then(|| vec![DiagnosticTag::UNNECESSARY]),
            ..Diagnostic::default()
        }
    }

    pub(crate) fn completion(&self, at: usize, one: ide::Completion) -> CompletionItem {
        let edit = TextEdit { range: self.range(one.replace), new_text: one.insert };
        CompletionItem {
            label: one.label,
            kind: Some(completion_kind(one.kind)),
            detail: (!one.detail.is_empty()).then_some(one.detail),
            // The order of the analysis is kept, whatever the letters.
            sort_text: Some(format!("{}{at:05}", one.rank)),
            insert_text_format: Some(if one.snippet {
                InsertTextFormat::SNIPPET
            } else {
                InsertTextFormat::PLAIN_TEXT
            }),
            text_edit: Some(CompletionTextEdit::Edit(edit)),
            tags: one.deprecated.then(|| vec![CompletionItemTag::DEPRECATED]),
            data: one.documentation.map(|key| json!(key)),
            ..CompletionItem::default()
        }
    }

    pub(crate) fn hover(&self, hover: ide::Hover) -> Hover {
        Hover { contents: HoverContents::Markup(markdown(hover.markdown)), range: Some(self.range(hover.span)) }
    }

    pub(crate) fn highlight(&self, one: &ide::Highlight) -> DocumentHighlight {
        let kind = if one.write { DocumentHighlightKind::WRITE } else { DocumentHighlightKind::READ };
        DocumentHighlight { range: self.range(one.span), kind: Some(kind) }
    }

    pub(crate) fn symbol(&self, symbol: ide::Symbol) -> DocumentSymbol {
        let children: Vec<_> = symbol.children.into_iter().map(|child| self.symbol(child)).collect();
        #[allow(deprecated)] // The protocol's type has a field that nobody may leave out.
        DocumentSymbol {
            name: if symbol.name.is_empty() { "script".to_owned() } else { symbol.name },
            detail: (!symbol.detail.is_empty()).then_some(symbol.detail),
            kind: symbol_kind(symbol.kind),
            tags: None,
            deprecated: None,
            range: self.range(symbol.span),
            selection_range: self.range(symbol.selection),
            children: (!children.is_empty()).then_some(children),
        }
    }

    pub(crate) fn fold(&self, fold: &ide::Fold) -> FoldingRange {
        let range = self.range(fold.span);
        FoldingRange {
            start_line: range.start.line,
            start_character: Some(range.start.character),
            end_line: range.end.line,
            end_character: Some(range.end.character),
            kind: (fold.kind == ide::FoldKind::Comment).then_some(FoldingRangeKind::Comment),
            collapsed_text: None,
        }
    }

    /// The ranges, each as the parent of the one before.
    pub(crate) fn selection(&self, spans: &[Span]) -> SelectionRange {
        let mut found: Option<SelectionRange> = None;
        for span in spans.iter().rev() {
            found = Some(SelectionRange { range: self.range(*span), parent: found.map(Box::new) });
        }
        found.unwrap_or(SelectionRange { range: Range::default(), parent: None })
    }

    pub(crate) fn hint(&self, hint: ide::Hint) -> InlayHint {
        InlayHint {
            position: self.lines.position(self.text, hint.offset, self.units),
            label: InlayHintLabel::String(hint.label),
            kind: Some(InlayHintKind::TYPE),
            text_edits: None,
            tooltip: None,
            padding_left: None,
            padding_right: None,
            data: None,
        }
    }

    pub(crate) fn lens(&self, lens: ide::Lens, uri: &Uri) -> CodeLens {
        let (title, command) = match lens.kind {
            ide::LensKind::Run => ("▶ Run", "rainwright.run"),
            ide::LensKind::Test => ("✓ Test", "rainwright.test"),
            ide::LensKind::Try => ("Try", "rainwright.try"),
        };
        let arguments = vec![json!(uri.as_str()), json!(lens.entry)];
        let command = Command { title: title.to_owned(), command: command.to_owned(), arguments: Some(arguments) };
        CodeLens { range: self.range(lens.span), command: Some(command), data: None }
    }

    pub(crate) fn action(&self, fix: ide::Fixed, uri: &Uri, shown: &[Diagnostic]) -> CodeActionOrCommand {
        let mended = fix.mends.map(|(code, span)| (NumberOrString::String(code.to_string()), self.range(span)));
        let mended = mended.map(|(code, range)| {
            shown.iter().filter(|one| one.code.as_ref() == Some(&code) && one.range == range).cloned().collect()
        });
        let changes = HashMap::from([(uri.clone(), self.edits(&fix.edits))]);
        let edit =
            (!fix.edits.is_empty()).then(|| WorkspaceEdit { changes: Some(changes), ..WorkspaceEdit::default() });
        let command = fix.connects.map(|wanted| Command {
            title: fix.title.clone(),
            command: CONNECT.to_owned(),
            arguments: Some(vec![json!(wanted.service), json!(wanted.link)]),
        });
        CodeActionOrCommand::CodeAction(CodeAction {
            title: fix.title,
            kind: Some(match fix.kind {
                ide::FixKind::Quick => CodeActionKind::QUICKFIX,
                ide::FixKind::Extract => CodeActionKind::REFACTOR_EXTRACT,
            }),
            diagnostics: mended.filter(|all: &Vec<Diagnostic>| !all.is_empty()),
            edit,
            command,
            is_preferred: fix.preferred.then_some(true),
            ..CodeAction::default()
        })
    }

    pub(crate) fn hierarchy_item(&self, item: &ide::HierarchyItem, uri: Uri) -> CallHierarchyItem {
        CallHierarchyItem {
            name: item.name.clone(),
            kind: if item.is_function { SymbolKind::FUNCTION } else { SymbolKind::FILE },
            tags: None,
            detail: (!item.detail.is_empty()).then(|| item.detail.clone()),
            uri,
            range: self.range(item.span),
            selection_range: self.range(item.selection),
            data: Some(json!({ "start": item.selection.start, "end": item.selection.end })),
        }
    }
}

pub(crate) fn markdown(value: String) -> MarkupContent {
    MarkupContent { kind: MarkupKind::Markdown, value }
}

pub(crate) fn documentation(text: String) -> Documentation {
    Documentation::MarkupContent(markdown(text))
}

pub(crate) fn signatures(found: Vec<ide::Signature>) -> Option<SignatureHelp> {
    let active = found.first()?.active;
    let one = |signature: ide::Signature| {
        // Labels are counted in UTF-16 units, whatever positions are counted in.
        let units = |at: usize| signature.label[..at].encode_utf16().count() as u32;
        let params = signature.params.iter().map(|(start, end, doc)| ParameterInformation {
            label: ParameterLabel::LabelOffsets([units(*start), units(*end)]),
            documentation: (!doc.is_empty()).then(|| documentation(doc.clone())),
        });
        let (parameters, active_parameter) = (Some(params.collect()), Some(signature.active as u32));
        let documentation = Some(documentation(signature.documentation));
        SignatureInformation { label: signature.label, documentation, parameters, active_parameter }
    };
    let signatures = found.into_iter().map(one).collect();
    Some(SignatureHelp { signatures, active_signature: Some(0), active_parameter: Some(active as u32) })
}

pub(crate) fn workspace_symbol(symbol: ide::WorkspaceSymbol, location: Location) -> WorkspaceSymbol {
    WorkspaceSymbol {
        name: symbol.name,
        kind: symbol_kind(symbol.kind),
        tags: None,
        container_name: None,
        location: OneOf::Left(location),
        data: None,
    }
}

fn symbol_kind(kind: ide::SymbolKind) -> SymbolKind {
    match kind {
        ide::SymbolKind::Function => SymbolKind::FUNCTION,
        ide::SymbolKind::Variable => SymbolKind::VARIABLE,
        ide::SymbolKind::Form => SymbolKind::CLASS,
        ide::SymbolKind::Field => SymbolKind::FIELD,
        ide::SymbolKind::Event => SymbolKind::EVENT,
    }
}

fn completion_kind(kind: ide::CompletionKind) -> CompletionItemKind {
    match kind {
        ide::CompletionKind::Variable => CompletionItemKind::VARIABLE,
        ide::CompletionKind::Function => CompletionItemKind::FUNCTION,
        ide::CompletionKind::Method => CompletionItemKind::METHOD,
        ide::CompletionKind::Constant => CompletionItemKind::CONSTANT,
        ide::CompletionKind::Keyword => CompletionItemKind::KEYWORD,
        ide::CompletionKind::Snippet => CompletionItemKind::SNIPPET,
        ide::CompletionKind::Task => CompletionItemKind::STRUCT,
        ide::CompletionKind::Key => CompletionItemKind::PROPERTY,
        ide::CompletionKind::Value => CompletionItemKind::ENUM_MEMBER,
        ide::CompletionKind::Connection => CompletionItemKind::REFERENCE,
        ide::CompletionKind::Url => CompletionItemKind::TEXT,
        ide::CompletionKind::Namespace => CompletionItemKind::MODULE,
        ide::CompletionKind::Form => CompletionItemKind::CLASS,
        ide::CompletionKind::Field => CompletionItemKind::FIELD,
    }
}

/// The address of a file that is not open: its path.
pub(crate) fn address_of(file: &str) -> Option<Uri> {
    use std::str::FromStr;
    let path = std::path::Path::new(file);
    if path.is_absolute() { uri_of(path) } else { Uri::from_str(file).ok() }
}
