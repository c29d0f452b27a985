//! What the account and the app know: answered by the host, not by the language.

use rainwright_diagnostic::{Code, Problem};
use rainwright_value::{Kind, Kinds, Result, Value};

use crate::{Basis, Builtin, Call, Example, Form, Param, from_data, to_data};
use rainwright_effect::{Effect, Outcome};

const TEXT: Kinds = Kinds::of(&[Kind::Text]);
const TEXT_OR_NULL: Kinds = Kinds::of(&[Kind::Text, Kind::Null]);

/// A word that the host answers; null when it does not know.
const fn word(
    name: &'static str,
    doc: &'static str,
    products: &'static str,
    run: for<'a, 'h> fn(&mut Call<'a, 'h>) -> Result,
) -> Builtin {
    Builtin {
        name,
        returns: TEXT_OR_NULL,
        form: Form::Word,
        doc,
        edge: "Null when the host does not say.",
        examples: &[],
        products,
        run,
        ..Builtin::ROW
    }
}

/// A function that only the host can do.
const fn hosted(
    name: &'static str,
    params: &'static [Param],
    returns: Kinds,
    doc: &'static str,
    products: &'static str,
    examples: &'static [Example],
) -> Builtin {
    Builtin {
        name,
        params,
        returns,
        form: Form::Function,
        doc,
        edge: "A host that does not offer it answers with an error.",
        examples,
        products,
        run: ask,
        ..Builtin::ROW
    }
}

const CREATOR: &str = "zoho-creator";
const FORM_NAME: Param = Param::new("form", TEXT, "The form's link name.");
const USER: Param = Param::new("email", TEXT, "The user's mail address.");
const BLUEPRINT: Param = Param::new("blueprint", TEXT, "The blueprint's link name.");
const RECORD: Param = Param::new("record", Kinds::of(&[Kind::Number]), "The record's id.");

/// What the account and the app know.
pub(crate) const SYSTEM: &[Builtin] = &[
    Builtin {
        examples: &[Example::new("zoho.loginuser", "null")],
        ..word("zoho.loginuser", "The name of the user who runs the script.", "", known)
    },
    Builtin {
        examples: &[Example::new("ifnull(zoho.loginuserid, \"nobody\")", "nobody")],
        ..word("zoho.loginuserid", "The mail address of the user who runs the script.", "", known)
    },
    Builtin {
        examples: &[Example::new("zoho.loginuser.name", "null")],
        basis: Basis::Observed,
        ..word("zoho.loginuser.name", "The full name of the user who runs the script.", CREATOR, known)
    },
    Builtin {
        examples: &[Example::new("zoho.adminuser", "null")],
        ..word("zoho.adminuser", "The name of the account's owner.", "", known)
    },
    Builtin {
        examples: &[Example::new("ifnull(zoho.adminuserid, \"nobody\")", "nobody")],
        ..word("zoho.adminuserid", "The mail address of the account's owner.", "", known)
    },
    Builtin {
        examples: &[Example::new("zoho.appname", "null")],
        ..word("zoho.appname", "The link name of the app.", CREATOR, known)
    },
    Builtin {
        examples: &[Example::new("zoho.appuri", "null")],
        ..word("zoho.appuri", "The path of the app: /owner/app/.", CREATOR, known)
    },
    Builtin {
        examples: &[Example::new("zoho.ipaddress", "null")],
        ..word("zoho.ipaddress", "The address that the user's request came from; null without a session.", "", known)
    },
    Builtin {
        returns: TEXT,
        edge: "`web` when the host does not say, as in schedules.",
        examples: &[Example::new("zoho.device.type", "web")],
        ..word("zoho.device.type", "The user's device: web, phone or tablet.", CREATOR, |call| {
            Ok(match known(call)? {
                Value::Null => Value::from("web"),
                device => device,
            })
        })
    },
    hosted(
        "zoho.file.convertToPDF",
        &[Param::new("source", TEXT, "HTML, or the address of a public page.")],
        Kinds::of(&[Kind::File]),
        "A page as a PDF file.",
        "",
        &[Example::new("zoho.file.convertToPDF(\"<p>Hello</p>\")", "error E3014")],
    ),
    hosted(
        "thisapp.permissions.isUserInProfile",
        &[Param::new("profile", TEXT, "The profile's name.")],
        Kinds::of(&[Kind::Bool]),
        "Whether the user who runs the script has a profile in the app.",
        CREATOR,
        &[Example::new("thisapp.permissions.isUserInProfile(\"Clerk\")", "error E3014")],
    ),
    hosted(
        "thisapp.permissions.isUserInRole",
        &[Param::new("role", TEXT, "The role's name.")],
        Kinds::of(&[Kind::Bool]),
        "Whether the user who runs the script has a role in the app.",
        CREATOR,
        &[Example::new("thisapp.permissions.isUserInRole(\"Manager\")", "error E3014")],
    ),
    hosted(
        "thisapp.permissions.loginUserName",
        &[],
        TEXT,
        "The name of the user who runs the script.",
        CREATOR,
        &[Example::new("thisapp.permissions.loginUserName()", "error E3014")],
    ),
    hosted(
        "thisapp.permissions.loginUserEmailid",
        &[],
        TEXT,
        "The mail address of the user who runs the script.",
        CREATOR,
        &[Example::new("thisapp.permissions.loginUserEmailid()", "error E3014")],
    ),
    hosted(
        "thisapp.permissions.assignUserInProfile",
        &[USER, Param::new("profile", TEXT, "The profile's name.")],
        Kinds::ANY,
        "Gives a user a profile in the app; one who is no user of it becomes one.",
        CREATOR,
        &[Example::new("thisapp.permissions.assignUserInProfile(\"a@example.com\", \"Clerk\")", "error E3014")],
    ),
    hosted(
        "thisapp.permissions.deleteUser",
        &[USER],
        Kinds::of(&[Kind::Map]),
        "Takes a user out of the app; gives the address under emailId.",
        CREATOR,
        &[Example::new("thisapp.permissions.deleteUser(\"a@example.com\")", "error E3014")],
    ),
    hosted(
        "thisapp.portal.profileForUser",
        &[USER],
        TEXT,
        "The portal profile of a user; empty for one who is no portal user.",
        CREATOR,
        &[Example::new("thisapp.portal.profileForUser(\"a@example.com\")", "error E3014")],
    ),
    hosted(
        "thisapp.blueprint.executeTransition",
        &[FORM_NAME, BLUEPRINT, Param::new("transition", TEXT, "The transition's link name."), RECORD],
        Kinds::ANY,
        "Takes a record through a transition of a blueprint.",
        CREATOR,
        &[Example::new("thisapp.blueprint.executeTransition(\"Orders\", \"Approval\", \"Approve\", 7)", "error E3014")],
    ),
    hosted(
        "thisapp.blueprint.changeStage",
        &[FORM_NAME, BLUEPRINT, Param::new("stage", TEXT, "The stage's link name."), RECORD],
        Kinds::ANY,
        "Moves a record to a stage of a blueprint.",
        CREATOR,
        &[Example::new("thisapp.blueprint.changeStage(\"Orders\", \"Approval\", \"Done\", 7)", "error E3014")],
    ),
];

/// Asks the host; what it does not know is null.
fn known(call: &mut Call) -> Result {
    match ask(call) {
        Err(problem) if problem.code == Code::NotSupported => Ok(Value::Null),
        answer => answer,
    }
}

/// Hands the call to the host.
fn ask(call: &mut Call) -> Result {
    for (i, param) in call.params.iter().enumerate() {
        if !param.kinds.has(call.arg(i).kind()) {
            return Err(call.wrong_argument(i, param.kinds));
        }
    }
    let arguments = call.rest().iter().map(|arg| to_data(arg, &call.cx.locale)).collect::<Result<Vec<_>>>()?;
    let effect = Effect::Task { name: call.name.to_owned(), arguments: arguments.into() };
    let Outcome::Data { value } = call.cx.perform(effect)? else {
        let message = format!("The host gave no answer to {}.", call.name);
        return Err(Box::new(Problem::new(Code::NotSupported, message)));
    };
    Ok(from_data(value, &call.cx.locale))
}
