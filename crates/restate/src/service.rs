//! The service whose handlers are functions, and the one that tells runs that something happened.

use std::pin::pin;
use std::sync::Arc;

use bytes::Bytes;
use rainwright::builtins::json_data;
use rainwright::effect::to_text;
use rainwright::runtime::Live;
use rainwright::{AsyncHost, Call, Code, Data, Engine, Failure, Outcome, Pool, Problem, Refusal, durable};
use restate_sdk::discovery::{
    Handler, HandlerName, InputPayload, OutputPayload, Service as Described, ServiceName, ServiceType,
};
use restate_sdk::endpoint::{ContextInternal, Error};
use restate_sdk::errors::{HandlerError, HandlerResult, TerminalError};
use restate_sdk::prelude::*;
use restate_sdk::serde::{InputMetadata, PayloadMetadata};
use restate_sdk::service::macro_support::{ServiceBoxFuture, service_definition};
use restate_sdk::service::{Service, ServiceDefinition};
use tokio::sync::{mpsc, oneshot};

use crate::functions::{Functions, Source};
use crate::steps::{self, Halt};

/// The service that tells runs of events, and its handler.
const RUNS: (&str, &str) = ("runs", "signal");

/// What all handlers share.
#[derive(Clone)]
pub struct Worker {
    shared: Arc<Shared>,
}

struct Shared {
    functions: Functions,
    pool: Pool,
    live: Arc<Live>,
}

impl Worker {
    /// A worker for the functions of these sources; their effects are performed by `live`.
    ///
    /// # Errors
    /// The mistakes of a source, two functions of one name, or [`Code::NotSupported`] outside of a tokio runtime.
    pub fn new(engine: Engine, sources: &[Source], live: Live) -> Result<Self, Failure> {
        let functions = Functions::compile(durable::engine(engine), sources)?;
        Ok(Self { shared: Arc::new(Shared { functions, pool: Pool::start()?, live: Arc::new(live) }) })
    }

    /// The names of the handlers.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.shared.functions.names()
    }

    /// The endpoint that Restate calls: the functions as handlers of the service `name`, and `runs/signal`.
    ///
    /// # Errors
    /// [`Code::BadArgument`] for a name of a service or a function that Restate does not take.
    pub fn endpoint(&self, name: &str, identity_key: Option<&str>) -> Result<Endpoint, Problem> {
        if name == RUNS.0 {
            let message = format!("The service cannot be called {name}: runs are told of events by that name.");
            return Err(Problem::new(Code::BadArgument, message));
        }
        let mut endpoint = Endpoint::builder().bind(definition(self.clone(), name, self.names())?).bind(definition(
            Runs,
            RUNS.0,
            [RUNS.1].into_iter(),
        )?);
        if let Some(key) = identity_key {
            let refused = |_| Problem::new(Code::BadArgument, "That is no key of a Restate server.");
            endpoint = endpoint.identity_key(key).map_err(refused)?;
        }
        Ok(endpoint.build())
    }
}

/// JSON text, as it came or as it goes.
struct Json(String);

impl restate_sdk::serde::Serialize for Json {
    type Error = std::convert::Infallible;

    fn serialize(&self) -> Result<Bytes, Self::Error> {
        Ok(Bytes::copy_from_slice(self.0.as_bytes()))
    }
}

impl restate_sdk::serde::Deserialize for Json {
    type Error = std::str::Utf8Error;

    fn deserialize(bytes: &mut Bytes) -> Result<Self, Self::Error> {
        std::str::from_utf8(bytes).map(|text| Self(text.to_owned()))
    }
}

impl PayloadMetadata for Json {
    fn input_metadata() -> InputMetadata {
        // A function without parameters takes an empty body.
        InputMetadata { is_required: false, ..InputMetadata::default() }
    }
}

/// A service with handlers of these names.
fn definition<'n>(
    dispatcher: impl Service<Future = ServiceBoxFuture> + Send + Sync + 'static,
    name: &str,
    handlers: impl Iterator<Item = &'n str>,
) -> Result<ServiceDefinition, Problem> {
    let refused = |name: &str| {
        Problem::new(Code::BadArgument, format!("Restate takes no service or handler that is called '{name}'."))
            .with_help("Name it with letters, digits and _, beginning with a letter.")
    };
    let handler = |name: &str| {
        Ok(Handler {
            name: HandlerName::try_from(name).map_err(|_| refused(name))?,
            input: Some(InputPayload::from_metadata::<Json>()),
            output: Some(OutputPayload::from_metadata::<Json>()),
            ty: None,
            documentation: None,
            metadata: Default::default(),
            abort_timeout: None,
            inactivity_timeout: None,
            journal_retention: None,
            idempotency_retention: None,
            workflow_completion_retention: None,
            enable_lazy_state: None,
            ingress_private: None,
            retry_policy_initial_interval: None,
            retry_policy_max_interval: None,
            retry_policy_max_attempts: None,
            retry_policy_exponentiation_factor: None,
            retry_policy_on_max_attempts: None,
        })
    };
    let described = Described {
        ty: ServiceType::Service,
        name: ServiceName::try_from(name.to_owned()).map_err(|_| refused(name))?,
        handlers: handlers.map(handler).collect::<Result<_, Problem>>()?,
        documentation: None,
        metadata: Default::default(),
        abort_timeout: None,
        inactivity_timeout: None,
        journal_retention: None,
        idempotency_retention: None,
        enable_lazy_state: None,
        ingress_private: None,
        retry_policy_initial_interval: None,
        retry_policy_max_interval: None,
        retry_policy_max_attempts: None,
        retry_policy_exponentiation_factor: None,
        retry_policy_on_max_attempts: None,
    };
    Ok(service_definition(dispatcher, described))
}

impl Service for Worker {
    type Future = ServiceBoxFuture;

    fn handle(&self, context: ContextInternal) -> Self::Future {
        let shared = Arc::clone(&self.shared);
        Box::pin(async move {
            if shared.functions.find(context.handler_name()).is_none() {
                return Err(Error::unknown_handler(context.service_name(), context.handler_name()));
            }
            let result = run(&shared, &context).await;
            context.handle_handler_result(result);
            context.end();
            Ok(())
        })
    }
}

/// The calls of a script on their way to the handler that performs them, with the way back.
struct Asking(mpsc::Sender<(Call, oneshot::Sender<Result<Outcome, Refusal>>)>);

impl AsyncHost for Asking {
    async fn perform(&self, call: Call) -> Result<Outcome, Refusal> {
        let gone = || Refusal::Stop(Problem::new(Code::Interrupted, "The run was given up by this worker."));
        let (reply, answer) = oneshot::channel();
        self.0.send((call, reply)).await.map_err(|_| gone())?;
        answer.await.map_err(|_| gone())?
    }
}

/// Runs a function: its script goes on in the pool while this future talks with Restate.
async fn run(shared: &Shared, internal: &ContextInternal) -> HandlerResult<Json> {
    let (Json(input), metadata) = internal.input::<Json>().await;
    let context: Context<'_> = (internal, metadata).into();
    let (sender, mut calls) = mpsc::channel(1);
    let running = {
        let Some(callable) = shared.functions.find(internal.handler_name()) else {
            return Err(TerminalError::new_with_code(404, "There is no such function.").into());
        };
        let inputs = shared.functions.inputs(callable, &input);
        let inputs = inputs.map_err(|failure| TerminalError::new_with_code(400, failure.message()))?;
        shared.pool.run(&callable.script, Arc::new(Asking(sender)), inputs.run(context.invocation_id()))
    };
    let mut running = pin!(running);
    let answer = loop {
        tokio::select! {
            biased;
            Some((call, reply)) = calls.recv() => {
                let answered = match steps::perform(&context, &shared.live, call).await {
                    Ok(answered) => answered,
                    Err(Halt::Ended(error)) => return Err(error.into()),
                    Err(Halt::Elsewhere(why)) => return Err(HandlerError::from(why)),
                };
                // A script that was stopped meanwhile does not wait for it.
                let _ = reply.send(answered);
            }
            answer = &mut running => break answer,
        }
    };
    match (answer.result, answer.stopped) {
        (Ok(value), _) => Ok(Json(value.to_json())),
        // This worker ends; another one goes on with the run.
        (Err(failure), Some(Refusal::Stop(why))) if why.code == Code::Interrupted => {
            Err(HandlerError::from(failure.to_string()))
        }
        (Err(failure), _) => Err(TerminalError::new_with_code(422, failure.to_string()).into()),
    }
}

/// Tells a run that something happened: `{"run": ID, "name": NAME, "value": JSON}`.
struct Runs;

impl Service for Runs {
    type Future = ServiceBoxFuture;

    fn handle(&self, internal: ContextInternal) -> Self::Future {
        Box::pin(async move {
            let (Json(input), metadata) = internal.input::<Json>().await;
            let context: Context<'_> = (&internal, metadata).into();
            let result = event(&input).map(|(run, name, text)| {
                context.invocation_handle(run).signal(name).resolve(text);
                Json("null".to_owned())
            });
            let result = result.map_err(|problem| TerminalError::new_with_code(400, problem.message).into());
            internal.handle_handler_result(result);
            internal.end();
            Ok(())
        })
    }
}

/// The run, the name and the value of an event.
fn event(input: &str) -> Result<(String, String, String), Problem> {
    let data = json_data(input)?;
    let text = |key: &str| {
        data[key].as_text().filter(|text| !text.is_empty()).map(str::to_owned).ok_or_else(|| {
            Problem::new(Code::BadArgument, format!("The event has no {key}."))
                .with_help(r#"Send {"run": ID, "name": NAME, "value": JSON}."#)
        })
    };
    let value: &Data = &data["value"];
    Ok((text("run")?, text("name")?, to_text(value)?))
}
