//! The service whose handlers are functions, and the one that tells runs that something happened.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;

use bytes::Bytes;
use rainwright::builtins::json_data;
use rainwright::effect::to_text;
use rainwright::runtime::Live;
use rainwright::{
    Answer, AsyncHost, Call, Code, Data, Engine, Failure, Next, Outcome, Pool, Problem, Refusal, Running, ShortFlow,
    durable,
};
use restate_sdk::discovery::{
    Handler, HandlerName, InputPayload, OutputPayload, Service as Described, ServiceName, ServiceType,
};
use restate_sdk::endpoint::{ContextInternal, Error};
use restate_sdk::errors::{HandlerError, HandlerResult, TerminalError};
use restate_sdk::prelude::*;
use restate_sdk::serde::{InputMetadata, PayloadMetadata};
use restate_sdk::service::macro_support::{ServiceBoxFuture, service_definition};
use restate_sdk::service::{Service, ServiceDefinition};
use send_wrapper::SendWrapper;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};

use crate::functions::{Functions, Source};
use crate::steps::{self, Halt};
use crate::threads;

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

    /// Serves an endpoint until `end`, on threads of its own: a run is computed there, without a way through other threads at
    /// each step, as long as its steps are short. Any other server of the SDK can have the endpoint too.
    ///
    /// # Errors
    /// [`Code::NotSupported`] when the system gives no threads.
    pub async fn serve(endpoint: Endpoint, listener: TcpListener, end: impl Future) -> Result<(), Failure> {
        let failed = |e| Problem::new(Code::NotSupported, format!("The system gives no threads: {e}."));
        Ok(threads::serve(endpoint, listener, end).await.map_err(failed)?)
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

/// A call of a script, with the way back.
type Asked = (Call, oneshot::Sender<Result<Outcome, Refusal>>);

/// The calls of a script on their way to the handler that performs them.
struct Asking(mpsc::Sender<Asked>);

impl Asking {
    fn new() -> (Arc<Self>, mpsc::Receiver<Asked>) {
        let (sender, calls) = mpsc::channel(1);
        (Arc::new(Self(sender)), calls)
    }
}

impl AsyncHost for Asking {
    async fn perform(&self, call: Call) -> Result<Outcome, Refusal> {
        let gone = || Refusal::Stop(Problem::new(Code::Interrupted, "The run was given up by this worker."));
        let (reply, answer) = oneshot::channel();
        self.0.send((call, reply)).await.map_err(|_| gone())?;
        answer.await.map_err(|_| gone())?
    }
}

/// A run that has begun.
enum Begun {
    /// On this thread, which is the handler's and stays that.
    Here(Box<SendWrapper<ShortFlow>>),
    /// In the pool.
    There(Running, mpsc::Receiver<Asked>),
}

fn begin(shared: &Shared, name: &str, input: &str, run: &str) -> Result<Begun, TerminalError> {
    let Some(callable) = shared.functions.find(name) else {
        return Err(TerminalError::new_with_code(404, "There is no such function."));
    };
    let inputs = shared.functions.inputs(callable, input);
    let inputs = inputs.map_err(|failure| TerminalError::new_with_code(400, failure.message()))?;
    let inputs = inputs.run(run);
    let inputs = if threads::stays() {
        match callable.script.short_flow(inputs) {
            Ok(flow) => return Ok(Begun::Here(Box::new(SendWrapper::new(flow)))),
            Err(inputs) => inputs,
        }
    } else {
        inputs
    };
    let (host, calls) = Asking::new();
    Ok(Begun::There(shared.pool.run(&callable.script, host, inputs), calls))
}

/// Runs a function, on this thread as long as its steps are short.
async fn run(shared: &Shared, internal: &ContextInternal) -> HandlerResult<Json> {
    let (Json(input), metadata) = internal.input::<Json>().await;
    let context: Context<'_> = (internal, metadata).into();
    let (running, calls) = match begin(shared, internal.handler_name(), &input, context.invocation_id())? {
        Begun::There(running, calls) => (running, calls),
        Begun::Here(flow) => match pull(&context, &shared.live, *flow).await? {
            Ok(answer) => return told(answer),
            Err(flow) => {
                let (host, calls) = Asking::new();
                (shared.pool.take_over(flow.take(), host), calls)
            }
        },
    };
    told(attend(&context, &shared.live, running, calls).await?)
}

/// Pulls a run to its end, or until the pool had better go on with it.
async fn pull(
    context: &Context<'_>,
    live: &Arc<Live>,
    mut flow: SendWrapper<ShortFlow>,
) -> Result<Result<Answer, SendWrapper<ShortFlow>>, Halt> {
    loop {
        let next = flow.next();
        let call = match next {
            Some(Next::Asks(call)) => call,
            Some(Next::Ended(answer)) => return Ok(Ok(answer)),
            None => return Ok(Err(flow)),
        };
        let mut performing = pin!(steps::perform(context, live, call));
        let mut waited = false;
        let answered = poll_fn(|cx| {
            let answered = performing.as_mut().poll(cx);
            waited |= answered.is_pending();
            answered
        });
        let answered = answered.await?;
        if waited {
            flow.rested();
        }
        flow.answer(answered);
    }
}

/// Performs the calls of a run in the pool, until it ends.
async fn attend(
    context: &Context<'_>,
    live: &Arc<Live>,
    running: Running,
    mut calls: mpsc::Receiver<Asked>,
) -> Result<Answer, Halt> {
    let mut running = pin!(running);
    loop {
        tokio::select! {
            biased;
            Some((call, reply)) = calls.recv() => {
                let answered = steps::perform(context, live, call).await?;
                // A script that was stopped meanwhile does not wait for it.
                let _ = reply.send(answered);
            }
            answer = &mut running => return Ok(answer),
        }
    }
}

/// What Restate is told of the end of a run.
fn told(answer: Answer) -> HandlerResult<Json> {
    match (answer.result, answer.stopped) {
        (Ok(value), _) => Ok(Json(value.to_json())),
        // This worker ends; another one goes on with the run.
        (Err(failure), Some(Refusal::Stop(_))) if failure.code() == Code::Interrupted => {
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
