//! Takes a request apart, asks for its answer, and puts that into the protocol's form.

use crate::state::State;
use lsp_server::{ErrorCode, Request, Response};
use lsp_types::request::{
    CallHierarchyIncomingCalls, CallHierarchyOutgoingCalls, CallHierarchyPrepare, CodeActionRequest, CodeLensRequest,
    Completion, DocumentHighlightRequest, DocumentSymbolRequest, ExecuteCommand, FoldingRangeRequest, Formatting,
    GotoDefinition, HoverRequest, InlayHintRequest, OnTypeFormatting, PrepareRenameRequest, RangeFormatting,
    References, Rename, Request as Kind, ResolveCompletionItem, SelectionRangeRequest, SemanticTokensFullDeltaRequest,
    SemanticTokensFullRequest, SemanticTokensRangeRequest, SignatureHelpRequest, WorkspaceSymbolRequest,
};
use rainwright_ide::{Cancel, Cancelled, Refused};

/// Why there is no answer.
pub(crate) enum Failure {
    /// Nobody waits for it any more.
    Cancelled,
    /// What was asked cannot be done, and why.
    Refused(String),
}

impl From<Cancelled> for Failure {
    fn from(_: Cancelled) -> Self {
        Failure::Cancelled
    }
}

impl From<Refused> for Failure {
    fn from(refused: Refused) -> Self {
        Failure::Refused(refused.0)
    }
}

pub(crate) type Answer<R> = Result<R, Failure>;

/// The protocol's number for a request that is right but cannot be done.
const REQUEST_FAILED: i32 = -32803;

impl State {
    /// Answers a request.
    pub(crate) fn answer(&mut self, request: Request, cancel: &Cancel) -> Response {
        if cancel.is_cancelled() {
            return failed(request.id, Failure::Cancelled);
        }
        self.refresh_all();
        match request.method.as_str() {
            Completion::METHOD => with::<Completion>(request, |p| self.completion(p)),
            ResolveCompletionItem::METHOD => with::<ResolveCompletionItem>(request, |p| Ok(self.resolve_completion(p))),
            HoverRequest::METHOD => with::<HoverRequest>(request, |p| self.hover(p)),
            SignatureHelpRequest::METHOD => with::<SignatureHelpRequest>(request, |p| self.signature_help(p)),
            GotoDefinition::METHOD => with::<GotoDefinition>(request, |p| self.definition(p, cancel)),
            References::METHOD => with::<References>(request, |p| self.references(p, cancel)),
            DocumentHighlightRequest::METHOD => with::<DocumentHighlightRequest>(request, |p| self.highlights(p)),
            DocumentSymbolRequest::METHOD => with::<DocumentSymbolRequest>(request, |p| self.document_symbols(p)),
            WorkspaceSymbolRequest::METHOD => {
                with::<WorkspaceSymbolRequest>(request, |p| self.workspace_symbols(p, cancel))
            }
            CodeActionRequest::METHOD => with::<CodeActionRequest>(request, |p| self.code_actions(p)),
            CodeLensRequest::METHOD => with::<CodeLensRequest>(request, |p| self.code_lenses(p)),
            ExecuteCommand::METHOD => with::<ExecuteCommand>(request, |p| self.execute(&p)),
            Formatting::METHOD => with::<Formatting>(request, |p| self.formatting(p)),
            RangeFormatting::METHOD => with::<RangeFormatting>(request, |p| self.range_formatting(p)),
            OnTypeFormatting::METHOD => with::<OnTypeFormatting>(request, |p| self.on_type_formatting(p)),
            PrepareRenameRequest::METHOD => with::<PrepareRenameRequest>(request, |p| self.prepare_rename(p)),
            Rename::METHOD => with::<Rename>(request, |p| self.rename(p, cancel)),
            FoldingRangeRequest::METHOD => with::<FoldingRangeRequest>(request, |p| self.folding_ranges(p)),
            SelectionRangeRequest::METHOD => with::<SelectionRangeRequest>(request, |p| self.selection_ranges(p)),
            SemanticTokensFullRequest::METHOD => with::<SemanticTokensFullRequest>(request, |p| self.tokens_full(p)),
            SemanticTokensFullDeltaRequest::METHOD => {
                with::<SemanticTokensFullDeltaRequest>(request, |p| self.tokens_delta(p))
            }
            SemanticTokensRangeRequest::METHOD => with::<SemanticTokensRangeRequest>(request, |p| self.tokens_range(p)),
            InlayHintRequest::METHOD => with::<InlayHintRequest>(request, |p| self.inlay_hints(p)),
            CallHierarchyPrepare::METHOD => {
                with::<CallHierarchyPrepare>(request, |p| self.prepare_hierarchy(p, cancel))
            }
            CallHierarchyIncomingCalls::METHOD => {
                with::<CallHierarchyIncomingCalls>(request, |p| self.incoming_calls(p, cancel))
            }
            CallHierarchyOutgoingCalls::METHOD => {
                with::<CallHierarchyOutgoingCalls>(request, |p| self.outgoing_calls(p, cancel))
            }
            other => {
                let message = format!("{other} is not known here");
                Response::new_err(request.id, ErrorCode::MethodNotFound as i32, message)
            }
        }
    }
}

fn with<R: Kind>(request: Request, f: impl FnOnce(R::Params) -> Answer<R::Result>) -> Response {
    let params = match serde_json::from_value(request.params) {
        Ok(params) => params,
        Err(e) => return Response::new_err(request.id, ErrorCode::InvalidParams as i32, e.to_string()),
    };
    match f(params) {
        Ok(result) => Response::new_ok(request.id, result),
        Err(failure) => failed(request.id, failure),
    }
}

fn failed(id: lsp_server::RequestId, failure: Failure) -> Response {
    match failure {
        Failure::Cancelled => Response::new_err(id, ErrorCode::RequestCanceled as i32, "cancelled".to_owned()),
        Failure::Refused(why) => Response::new_err(id, REQUEST_FAILED, why),
    }
}
