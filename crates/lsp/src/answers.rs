//! One answer for each request: from positions to offsets, to the analysis, and back.

use crate::capabilities::CONNECT;
use crate::convert::{self, documentation};
use crate::files::key_of;
use crate::requests::{Answer, Failure};
use crate::state::State;
use crate::tokens;
use lsp_types::{
    CallHierarchyIncomingCall, CallHierarchyIncomingCallsParams, CallHierarchyItem, CallHierarchyOutgoingCall,
    CallHierarchyOutgoingCallsParams, CallHierarchyPrepareParams, CodeActionOrCommand, CodeActionParams, CodeLens,
    CodeLensParams, CompletionItem, CompletionList, CompletionParams, CompletionResponse, DocumentFormattingParams,
    DocumentHighlight, DocumentHighlightParams, DocumentOnTypeFormattingParams, DocumentRangeFormattingParams,
    DocumentSymbolParams, DocumentSymbolResponse, ExecuteCommandParams, FoldingRange, FoldingRangeParams,
    GotoDefinitionParams, GotoDefinitionResponse, Hover, HoverParams, InlayHint, InlayHintParams, Location,
    MessageType, Position, PrepareRenameResponse, ReferenceParams, RenameParams, SelectionRange, SelectionRangeParams,
    SemanticTokens, SemanticTokensDelta, SemanticTokensDeltaParams, SemanticTokensFullDeltaResult,
    SemanticTokensParams, SemanticTokensRangeParams, SemanticTokensRangeResult, SemanticTokensResult, SignatureHelp,
    SignatureHelpParams, TextDocumentPositionParams, TextEdit, Uri, WorkspaceEdit, WorkspaceSymbolParams,
    WorkspaceSymbolResponse,
};
use rainwright_diagnostic::Span;
use rainwright_ide::{Cancel, FileEdit, HierarchyCall};
use std::collections::HashMap;

impl State {
    /// The file and offset that a question is about; nothing for a file that is not known.
    fn place(&self, at: &TextDocumentPositionParams) -> Option<(String, u32)> {
        self.offset(&at.text_document.uri, at.position)
    }

    fn offset(&self, uri: &Uri, position: Position) -> Option<(String, u32)> {
        let key = key_of(uri);
        let offset = self.with_page(&key, |page| page.lines.offset(page.text, position, page.units))?;
        Some((key, offset))
    }

    fn span(&self, uri: &Uri, range: lsp_types::Range) -> Option<(String, Span)> {
        let key = key_of(uri);
        let span = self.with_page(&key, |page| page.lines.span(page.text, range, page.units))?;
        Some((key, span))
    }

    /// Reads what is left of the project, for answers that need all of its files.
    fn whole_project(&mut self, cancel: &Cancel) -> Answer<()> {
        self.read_all(&|| cancel.is_cancelled());
        if cancel.is_cancelled() { Err(Failure::Cancelled) } else { Ok(()) }
    }

    pub(crate) fn completion(&mut self, params: CompletionParams) -> Answer<Option<CompletionResponse>> {
        let Some((file, offset)) = self.place(&params.text_document_position) else { return Ok(None) };
        let found = self.analysis.completions(&file, offset);
        let items = self
            .with_page(&file, |page| found.into_iter().enumerate().map(|(at, one)| page.completion(at, one)).collect());
        let items = items.unwrap_or_default();
        Ok(Some(CompletionResponse::List(CompletionList { is_incomplete: false, items })))
    }

    pub(crate) fn resolve_completion(&mut self, mut item: CompletionItem) -> CompletionItem {
        let key = item.data.as_ref().and_then(|data| data.as_str());
        item.documentation = key.and_then(|key| self.analysis.documentation(key)).map(documentation);
        item
    }

    pub(crate) fn hover(&mut self, params: HoverParams) -> Answer<Option<Hover>> {
        let Some((file, offset)) = self.place(&params.text_document_position_params) else { return Ok(None) };
        let Some(hover) = self.analysis.hover(&file, offset) else { return Ok(None) };
        Ok(self.with_page(&file, |page| page.hover(hover)))
    }

    pub(crate) fn signature_help(&mut self, params: SignatureHelpParams) -> Answer<Option<SignatureHelp>> {
        let Some((file, offset)) = self.place(&params.text_document_position_params) else { return Ok(None) };
        Ok(convert::signatures(self.analysis.signatures(&file, offset)))
    }

    pub(crate) fn definition(
        &mut self,
        params: GotoDefinitionParams,
        cancel: &Cancel,
    ) -> Answer<Option<GotoDefinitionResponse>> {
        let Some((file, offset)) = self.place(&params.text_document_position_params) else { return Ok(None) };
        let mut places = self.analysis.definition(&file, offset);
        if places.is_empty() && self.is_reading() {
            self.whole_project(cancel)?;
            places = self.analysis.definition(&file, offset);
        }
        Ok(Some(GotoDefinitionResponse::Array(self.locations(places))))
    }

    fn locations(&self, places: Vec<rainwright_ide::Location>) -> Vec<Location> {
        places.iter().filter_map(|place| self.location(&place.file, place.span)).collect()
    }

    pub(crate) fn references(&mut self, params: ReferenceParams, cancel: &Cancel) -> Answer<Option<Vec<Location>>> {
        self.whole_project(cancel)?;
        let Some((file, offset)) = self.place(&params.text_document_position) else { return Ok(None) };
        let places = self.analysis.references(&file, offset, params.context.include_declaration, cancel)?;
        Ok(Some(self.locations(places)))
    }

    pub(crate) fn highlights(&mut self, params: DocumentHighlightParams) -> Answer<Option<Vec<DocumentHighlight>>> {
        let Some((file, offset)) = self.place(&params.text_document_position_params) else { return Ok(None) };
        let found = self.analysis.highlights(&file, offset);
        Ok(self.with_page(&file, |page| found.iter().map(|one| page.highlight(one)).collect()))
    }

    pub(crate) fn document_symbols(&mut self, params: DocumentSymbolParams) -> Answer<Option<DocumentSymbolResponse>> {
        let file = key_of(&params.text_document.uri);
        let found = self.analysis.symbols(&file);
        let found = self.with_page(&file, |page| found.into_iter().map(|one| page.symbol(one)).collect());
        Ok(found.map(DocumentSymbolResponse::Nested))
    }

    pub(crate) fn workspace_symbols(
        &mut self,
        params: WorkspaceSymbolParams,
        cancel: &Cancel,
    ) -> Answer<Option<WorkspaceSymbolResponse>> {
        self.whole_project(cancel)?;
        let found = self.analysis.workspace_symbols(&params.query, cancel)?;
        let found = found.into_iter().filter_map(|symbol| {
            let location = self.location(&symbol.file, symbol.span)?;
            Some(convert::workspace_symbol(symbol, location))
        });
        Ok(Some(WorkspaceSymbolResponse::Nested(found.collect())))
    }

    pub(crate) fn code_actions(&mut self, params: CodeActionParams) -> Answer<Option<Vec<CodeActionOrCommand>>> {
        let uri = params.text_document.uri;
        let Some((file, span)) = self.span(&uri, params.range) else { return Ok(None) };
        let fixes = self.analysis.fixes(&file, span);
        let shown = params.context.diagnostics;
        let wanted = params.context.only;
        let found = self.with_page(&file, |page| {
            let all = fixes.into_iter().map(|fix| page.action(fix, &uri, &shown));
            all.filter(|action| is_wanted(action, wanted.as_deref())).collect()
        });
        Ok(found)
    }

    /// Does what a quick fix offers besides edits. A login needs a browser and questions, so that a terminal is its place: an
    /// editor without one of its own for it shows what to type there.
    pub(crate) fn execute(&mut self, params: &ExecuteCommandParams) -> Answer<Option<serde_json::Value>> {
        if params.command != CONNECT {
            return Err(Failure::Refused(format!("There is no command {}.", params.command)));
        }
        let argument = |at: usize| params.arguments.get(at).and_then(serde_json::Value::as_str);
        let Some(link) = argument(1).filter(|link| is_word(link)) else {
            return Err(Failure::Refused(format!("{CONNECT} takes the service and the name of the connection.")));
        };
        let service = argument(0).filter(|service| is_word(service)).unwrap_or("SERVICE");
        let which = if service == "SERVICE" { " `dg services` lists the services." } else { "" };
        let message = format!("Type this in a terminal: dg connect {service} --link {link}{which}");
        self.notices.push((MessageType::INFO, message));
        Ok(None)
    }

    pub(crate) fn code_lenses(&mut self, params: CodeLensParams) -> Answer<Option<Vec<CodeLens>>> {
        let uri = params.text_document.uri;
        let file = key_of(&uri);
        let found = self.analysis.lenses(&file);
        Ok(self.with_page(&file, |page| found.into_iter().map(|one| page.lens(one, &uri)).collect()))
    }

    pub(crate) fn formatting(&mut self, params: DocumentFormattingParams) -> Answer<Option<Vec<TextEdit>>> {
        let file = key_of(&params.text_document.uri);
        let edits = self.analysis.format(&file);
        Ok(self.with_page(&file, |page| page.edits(&edits)))
    }

    pub(crate) fn range_formatting(&mut self, params: DocumentRangeFormattingParams) -> Answer<Option<Vec<TextEdit>>> {
        let Some((file, span)) = self.span(&params.text_document.uri, params.range) else { return Ok(None) };
        let edits = self.analysis.format_range(&file, span);
        Ok(self.with_page(&file, |page| page.edits(&edits)))
    }

    pub(crate) fn on_type_formatting(
        &mut self,
        params: DocumentOnTypeFormattingParams,
    ) -> Answer<Option<Vec<TextEdit>>> {
        let Some((file, offset)) = self.place(&params.text_document_position) else { return Ok(None) };
        let typed = params.ch.chars().next().unwrap_or('\n');
        let edits = self.analysis.format_on_type(&file, offset, typed);
        Ok(self.with_page(&file, |page| page.edits(&edits)))
    }

    pub(crate) fn prepare_rename(
        &mut self,
        params: TextDocumentPositionParams,
    ) -> Answer<Option<PrepareRenameResponse>> {
        let Some((file, offset)) = self.place(&params) else { return Ok(None) };
        let span = self.analysis.prepare_rename(&file, offset)?;
        Ok(self.with_page(&file, |page| PrepareRenameResponse::Range(page.range(span))))
    }

    pub(crate) fn rename(&mut self, params: RenameParams, cancel: &Cancel) -> Answer<Option<WorkspaceEdit>> {
        self.whole_project(cancel)?;
        let Some((file, offset)) = self.place(&params.text_document_position) else { return Ok(None) };
        let edits = self.analysis.rename(&file, offset, &params.new_name, cancel)?;
        Ok(Some(self.workspace_edit(&edits)))
    }

    fn workspace_edit(&self, files: &[FileEdit]) -> WorkspaceEdit {
        let mut changes = HashMap::new();
        for file in files {
            if let (Some(uri), Some(edits)) =
                (self.address(&file.file), self.with_page(&file.file, |page| page.edits(&file.edits)))
            {
                changes.insert(uri, edits);
            }
        }
        WorkspaceEdit { changes: Some(changes), ..WorkspaceEdit::default() }
    }

    pub(crate) fn folding_ranges(&mut self, params: FoldingRangeParams) -> Answer<Option<Vec<FoldingRange>>> {
        let file = key_of(&params.text_document.uri);
        let folds = self.analysis.folds(&file);
        Ok(self.with_page(&file, |page| folds.iter().map(|fold| page.fold(fold)).collect()))
    }

    pub(crate) fn selection_ranges(&mut self, params: SelectionRangeParams) -> Answer<Option<Vec<SelectionRange>>> {
        let uri = &params.text_document.uri;
        let places = params.positions.iter().filter_map(|position| self.offset(uri, *position));
        let spans: Vec<_> = places.map(|(file, at)| (self.analysis.selection_ranges(&file, at), file)).collect();
        let found = spans.iter().filter_map(|(spans, file)| self.with_page(file, |page| page.selection(spans)));
        Ok(Some(found.collect()))
    }

    /// Colours a file, and remembers the answer under a new name.
    fn colours(&mut self, file: &str) -> Option<(String, Vec<lsp_types::SemanticToken>)> {
        let tokens = self.analysis.semantic_tokens(file, None);
        let data = self.with_page(file, |page| tokens::encode(&tokens, page.text, page.lines, page.units))?;
        self.answers += 1;
        let answer = (self.answers.to_string(), data);
        self.tokens.insert(file.to_owned(), answer.clone());
        Some(answer)
    }

    pub(crate) fn tokens_full(&mut self, params: SemanticTokensParams) -> Answer<Option<SemanticTokensResult>> {
        let answer = self.colours(&key_of(&params.text_document.uri));
        let tokens = answer.map(|(name, data)| SemanticTokens { result_id: Some(name), data });
        Ok(tokens.map(SemanticTokensResult::Tokens))
    }

    pub(crate) fn tokens_delta(
        &mut self,
        params: SemanticTokensDeltaParams,
    ) -> Answer<Option<SemanticTokensFullDeltaResult>> {
        let file = key_of(&params.text_document.uri);
        let before = self.tokens.remove(&file).filter(|(name, _)| *name == params.previous_result_id);
        let Some((name, data)) = self.colours(&file) else { return Ok(None) };
        Ok(Some(match before {
            Some((_, old)) => {
                let edits = tokens::delta(&old, &data);
                SemanticTokensFullDeltaResult::TokensDelta(SemanticTokensDelta { result_id: Some(name), edits })
            }
            None => SemanticTokensFullDeltaResult::Tokens(SemanticTokens { result_id: Some(name), data }),
        }))
    }

    pub(crate) fn tokens_range(
        &mut self,
        params: SemanticTokensRangeParams,
    ) -> Answer<Option<SemanticTokensRangeResult>> {
        let Some((file, span)) = self.span(&params.text_document.uri, params.range) else { return Ok(None) };
        let found = self.analysis.semantic_tokens(&file, Some(span));
        let data = self.with_page(&file, |page| tokens::encode(&found, page.text, page.lines, page.units));
        Ok(data.map(|data| SemanticTokensRangeResult::Tokens(SemanticTokens { result_id: None, data })))
    }

    pub(crate) fn inlay_hints(&mut self, params: InlayHintParams) -> Answer<Option<Vec<InlayHint>>> {
        let Some((file, span)) = self.span(&params.text_document.uri, params.range) else { return Ok(None) };
        let found = self.analysis.hints(&file, span);
        Ok(self.with_page(&file, |page| found.into_iter().map(|hint| page.hint(hint)).collect()))
    }

    pub(crate) fn prepare_hierarchy(
        &mut self,
        params: CallHierarchyPrepareParams,
        cancel: &Cancel,
    ) -> Answer<Option<Vec<CallHierarchyItem>>> {
        self.whole_project(cancel)?;
        let Some((file, offset)) = self.place(&params.text_document_position_params) else { return Ok(None) };
        let item = self.analysis.hierarchy_item(&file, offset);
        Ok(item.and_then(|item| self.hierarchy(&item)).map(|item| vec![item]))
    }

    fn hierarchy(&self, item: &rainwright_ide::HierarchyItem) -> Option<CallHierarchyItem> {
        let uri = self.address(&item.file)?;
        self.with_page(&item.file, |page| page.hierarchy_item(item, uri))
    }

    /// The function that an item of an earlier answer means.
    fn of_item(item: &CallHierarchyItem) -> (String, Span) {
        let number = |name: &str| item.data.as_ref().and_then(|data| data.get(name)?.as_u64()).unwrap_or(0) as u32;
        (key_of(&item.uri), Span::new(number("start"), number("end")))
    }

    fn call_ranges(&self, file: &str, call: &HierarchyCall) -> Vec<lsp_types::Range> {
        self.with_page(file, |page| call.places.iter().map(|span| page.range(*span)).collect()).unwrap_or_default()
    }

    pub(crate) fn incoming_calls(
        &mut self,
        params: CallHierarchyIncomingCallsParams,
        cancel: &Cancel,
    ) -> Answer<Option<Vec<CallHierarchyIncomingCall>>> {
        let (file, name) = Self::of_item(&params.item);
        let calls = self.analysis.incoming_calls(&file, name, cancel)?;
        let found = calls.iter().filter_map(|call| {
            let from_ranges = self.call_ranges(&call.item.file, call);
            Some(CallHierarchyIncomingCall { from: self.hierarchy(&call.item)?, from_ranges })
        });
        Ok(Some(found.collect()))
    }

    pub(crate) fn outgoing_calls(
        &mut self,
        params: CallHierarchyOutgoingCallsParams,
        cancel: &Cancel,
    ) -> Answer<Option<Vec<CallHierarchyOutgoingCall>>> {
        self.whole_project(cancel)?;
        let (file, name) = Self::of_item(&params.item);
        let calls = self.analysis.outgoing_calls(&file, name);
        let found = calls.iter().filter_map(|call| {
            let from_ranges = self.call_ranges(&file, call);
            Some(CallHierarchyOutgoingCall { to: self.hierarchy(&call.item)?, from_ranges })
        });
        Ok(Some(found.collect()))
    }
}

/// Whether a text can be given to a command line as it is.
fn is_word(text: &str) -> bool {
    !text.is_empty()
        && !text.starts_with('-')
        && text.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.'))
}

/// Whether the editor asked for actions of this kind; `refactor` includes `refactor.extract`.
fn is_wanted(action: &CodeActionOrCommand, only: Option<&[lsp_types::CodeActionKind]>) -> bool {
    let CodeActionOrCommand::CodeAction(action) = action else { return true };
    let kind = action.kind.as_ref().map_or("", |kind| kind.as_str());
    only.is_none_or(|only| {
        only.iter().any(|wanted| {
            let wanted = wanted.as_str();
            wanted.is_empty() || kind == wanted || kind.strip_prefix(wanted).is_some_and(|rest| rest.starts_with('.'))
        })
    })
}
