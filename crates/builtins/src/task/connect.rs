//! The tasks of Zoho Connect, Zoho Directory and Zoho One.

use rainwright_value::Kinds;

use super::arguments::{ID, LIST, MAP, NUMBER, TEXT};
use super::integration::{CONNECTION, NAMED_CONNECTION};
use crate::{Basis, Integration, Param, Place};

const SCOPE: Param = Param::new("scopeID", ID, "The network's id.");
const STREAM: Param = Param::new("streamID", ID, "The post's id.");
const CONTENT: Param = Param::new("content", WORDS, "The text, or a map as Connect's API names it.");
const WORDS: Kinds = TEXT.or(MAP);
const IN_SCOPE: (&str, Place) = ("scopeID", Place::Query("scopeID"));
const CONNECT: Integration = Integration { basis: Basis::Assumed, ..Integration::ROW };

/// The tasks of Connect. Those whose address is not public are asked of the host.
pub(crate) const CONNECT_TASKS: &[Integration] = &[
    Integration {
        name: "zoho.connect.myNetworks",
        params: &[CONNECTION],
        path: "https://connect.{dc}/pulse/api/allScopes",
        doc: "The networks of the account in Zoho Connect.",
        examples: &[r#"networks = zoho.connect.myNetworks("connect");"#],
        ..CONNECT
    },
    Integration {
        name: "zoho.connect.myGroups",
        params: &[SCOPE, CONNECTION],
        path: "https://connect.{dc}/pulse/api/myGroups",
        sends: &[IN_SCOPE],
        basis: Basis::Documented,
        doc: "The groups of the account in a network of Zoho Connect.",
        examples: &[r#"groups = zoho.connect.myGroups("105", "connect");"#],
        ..CONNECT
    },
    Integration {
        name: "zoho.connect.addPost",
        params: &[
            Param::new("type", TEXT, "The kind of post, such as STATUS."),
            SCOPE,
            Param::new("partitionID", ID, "The group's id."),
            Param { kinds: MAP, ..CONTENT },
            NAMED_CONNECTION,
        ],
        method: "POST",
        path: "https://connect.{dc}/pulse/api/addStream",
        sends: &[
            ("type", Place::Form("type")),
            ("scopeID", Place::Form("scopeID")),
            ("partitionID", Place::Form("partitionID")),
            ("content", Place::FormAll),
        ],
        basis: Basis::Documented,
        doc: "Posts to a group of Zoho Connect.",
        examples: &[r#"post = zoho.connect.addPost("STATUS", "105", "7", {"streamContent": "Hello"}, "connect");"#],
        ..CONNECT
    },
    Integration {
        name: "zoho.connect.getPost",
        params: &[SCOPE, STREAM, CONNECTION],
        path: "https://connect.{dc}/pulse/api/singleStream",
        sends: &[IN_SCOPE, ("streamID", Place::Query("streamID"))],
        basis: Basis::Documented,
        doc: "One post of Zoho Connect.",
        examples: &[r#"post = zoho.connect.getPost("105", "9001", "connect");"#],
        ..CONNECT
    },
    Integration {
        name: "zoho.connect.addComment",
        params: &[SCOPE, STREAM, CONTENT, CONNECTION],
        method: "POST",
        path: "https://connect.{dc}/pulse/api/addComment",
        sends: &[
            ("scopeID", Place::Form("scopeID")),
            ("streamID", Place::Form("streamID")),
            ("content", Place::Form("commentContent")),
        ],
        doc: "Comments on a post of Zoho Connect.",
        examples: &[r#"comment = zoho.connect.addComment("105", "9001", "Well done.", "connect");"#],
        ..CONNECT
    },
    Integration {
        name: "zoho.connect.getPostByTPID",
        params: &[SCOPE, Param::new("tpid", ID, "The id that another program gave the post."), CONNECTION],
        doc: "One post of Zoho Connect, by the id of another program.",
        examples: &[r#"post = zoho.connect.getPostByTPID("105", "x-77", "connect");"#],
        ..CONNECT
    },
    Integration {
        name: "zoho.connect.updatePost",
        params: &[SCOPE, STREAM, Param { kinds: MAP, ..CONTENT }, CONNECTION],
        doc: "Changes a post of Zoho Connect.",
        examples: &[r#"post = zoho.connect.updatePost("105", "9001", {"streamContent": "Hello all"}, "connect");"#],
        ..CONNECT
    },
    Integration {
        name: "zoho.connect.deletePost",
        params: &[SCOPE, STREAM, CONNECTION],
        doc: "Deletes a post of Zoho Connect.",
        examples: &[r#"answer = zoho.connect.deletePost("105", "9001", "connect");"#],
        ..CONNECT
    },
    Integration {
        name: "zoho.connect.sendMePrivateMessage",
        params: &[SCOPE, Param { name: "message", ..CONTENT }, CONNECTION],
        doc: "Sends a private message to the account's own user of Zoho Connect.",
        examples: &[r#"answer = zoho.connect.sendMePrivateMessage("105", "The run is done.", "connect");"#],
        ..CONNECT
    },
    Integration {
        name: "zoho.connect.addUsersToGroup",
        params: &[
            SCOPE,
            Param::new("partitionID", ID, "The group's id."),
            Param::new("users", LIST, "The users' addresses."),
            CONNECTION,
        ],
        doc: "Adds people to a group of Zoho Connect.",
        examples: &[r#"answer = zoho.connect.addUsersToGroup("105", "7", {"ann@example.com"}, "connect");"#],
        ..CONNECT
    },
];

const ORG: Param = Param::new("org", ID, "The organisation's id.");
const USER: Param = Param::new("user", ID, "The user's id.");
const GROUP: Param = Param::new("group", ID, "The group's id.");
const INDEX: Param = Param::new("index", NUMBER, "The first one, from 1.");
const COUNT: Param = Param::new("count", NUMBER, "How many.");
const QUERY: Param = Param::optional("query", MAP, "Further conditions.");
const DATA: Param = Param::new("data", MAP, "The user's fields.");

/// The tasks of Directory, which Zoho One has too. Their addresses are not public, so they are asked of the host.
pub(crate) const DIRECTORY_TASKS: &[Integration] = &[
    Integration {
        name: "zoho.directory.getUsers",
        aliases: &["zoho.one.getUsers"],
        params: &[ORG, INDEX, COUNT, QUERY, NAMED_CONNECTION],
        doc: "The users of an organisation.",
        examples: &[r#"users = zoho.directory.getUsers("60012345", 1, 50, "directory");"#],
        ..Integration::ROW
    },
    Integration {
        name: "zoho.directory.getGroups",
        aliases: &["zoho.one.getGroups"],
        params: &[ORG, INDEX, COUNT, QUERY, NAMED_CONNECTION],
        doc: "The groups of an organisation.",
        examples: &[r#"groups = zoho.directory.getGroups("60012345", 1, 50, "directory");"#],
        ..Integration::ROW
    },
    Integration {
        name: "zoho.directory.getDesignations",
        params: &[ORG, INDEX, COUNT, NAMED_CONNECTION],
        doc: "The designations of an organisation.",
        examples: &[r#"designations = zoho.directory.getDesignations("60012345", 1, 50, "directory");"#],
        ..Integration::ROW
    },
    Integration {
        name: "zoho.directory.activateUser",
        aliases: &["zoho.one.activateUser"],
        params: &[ORG, USER, NAMED_CONNECTION],
        doc: "Lets a user of an organisation in again.",
        examples: &[r#"answer = zoho.directory.activateUser("60012345", "77", "directory");"#],
        ..Integration::ROW
    },
    Integration {
        name: "zoho.directory.deactivateUser",
        aliases: &["zoho.one.deactivateUser"],
        params: &[ORG, USER, NAMED_CONNECTION],
        basis: Basis::Assumed,
        doc: "Keeps a user of an organisation out.",
        examples: &[r#"answer = zoho.directory.deactivateUser("60012345", "77", "directory");"#],
        ..Integration::ROW
    },
    Integration {
        name: "zoho.directory.addUser",
        aliases: &["zoho.one.addUser"],
        params: &[ORG, DATA, NAMED_CONNECTION],
        basis: Basis::Assumed,
        doc: "Adds a user to an organisation.",
        examples: &[r#"answer = zoho.directory.addUser("60012345", {"email": "ann@example.com"}, "directory");"#],
        ..Integration::ROW
    },
    Integration {
        name: "zoho.directory.updateUser",
        aliases: &["zoho.one.updateUser"],
        params: &[ORG, USER, DATA, NAMED_CONNECTION],
        basis: Basis::Assumed,
        doc: "Changes a user of an organisation.",
        examples: &[r#"answer = zoho.directory.updateUser("60012345", "77", {"first_name": "Ann"}, "directory");"#],
        ..Integration::ROW
    },
    Integration {
        name: "zoho.directory.getUser",
        aliases: &["zoho.one.getUser"],
        params: &[ORG, USER, NAMED_CONNECTION],
        basis: Basis::Assumed,
        doc: "One user of an organisation.",
        examples: &[r#"user = zoho.directory.getUser("60012345", "77", "directory");"#],
        ..Integration::ROW
    },
    Integration {
        name: "zoho.directory.addUserToGroup",
        aliases: &["zoho.one.addUserToGroup"],
        params: &[ORG, GROUP, USER, NAMED_CONNECTION],
        basis: Basis::Assumed,
        doc: "Adds a user to a group.",
        examples: &[r#"answer = zoho.directory.addUserToGroup("60012345", "5", "77", "directory");"#],
        ..Integration::ROW
    },
    Integration {
        name: "zoho.directory.getGroupsForUser",
        aliases: &["zoho.one.getGroupsForUser"],
        params: &[ORG, USER, NAMED_CONNECTION],
        basis: Basis::Assumed,
        doc: "The groups that a user is in.",
        examples: &[r#"groups = zoho.directory.getGroupsForUser("60012345", "77", "directory");"#],
        ..Integration::ROW
    },
    Integration {
        name: "zoho.directory.removeUserFromGroup",
        aliases: &["zoho.one.removeUserFromGroup"],
        params: &[ORG, GROUP, USER, NAMED_CONNECTION],
        basis: Basis::Assumed,
        doc: "Takes a user out of a group.",
        examples: &[r#"answer = zoho.directory.removeUserFromGroup("60012345", "5", "77", "directory");"#],
        ..Integration::ROW
    },
];
