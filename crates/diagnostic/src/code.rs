//! The numbers of all mistakes: one list, never reused, each with a line of help.

/// The stage that finds a mistake; the first digit of its code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stage {
    /// E1: characters that make no word.
    Text,
    /// E2: words that make no sentence.
    Tree,
    /// E3: the script ran and stopped.
    Run,
    /// E4: a connection or a request.
    Connection,
    /// E5: a check found it before the run.
    Check,
}

macro_rules! codes {
    ($( $(#[doc = $doc:literal])+ $name:ident = $number:literal, $help:literal; )+) => {
        /// The kind of a mistake. The number is stable: it is never given to another kind.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        #[repr(u16)]
        pub enum Code { $( $(#[doc = $doc])+ $name = $number, )+ }

        impl Code {
            /// Every code, in order.
            pub const ALL: &'static [Code] = &[ $( Code::$name, )+ ];

            /// What to do about it, when the case itself has nothing better to say.
            #[must_use]
            pub const fn help(self) -> &'static str {
                match self { $( Code::$name => $help, )+ }
            }

            /// What the code means, from its documentation.
            #[must_use]
            pub const fn title(self) -> &'static str {
                match self { $( Code::$name => concat!($($doc),+), )+ }
            }
        }
    };
}

codes! {
    // E1: text
    /// A character that Deluge does not use.
    UnknownCharacter = 1001, "Remove the character, or put it inside a text.";
    /// A text without its closing quote.
    OpenText = 1002, "Close the text with the quote it was opened with.";
    /// A block comment without its end.
    OpenComment = 1003, "Close the comment with */.";
    /// A number out of range.
    NumberTooLarge = 1004, "A NUMBER lies between -9223372036854775808 and 9223372036854775807.";
    /// The source is not UTF-8 text.
    NotText = 1005, "Save the script as UTF-8 text.";

    // E2: tree
    /// Something else was expected here.
    Unexpected = 2001, "Check the statement around this place.";
    /// A semicolon is missing.
    MissingSemicolon = 2002, "End the statement with a semicolon.";
    /// A bracket was not closed.
    OpenBracket = 2003, "Close the bracket.";
    /// A way of writing from another language.
    ForeignSyntax = 2004, "Write it the Deluge way.";
    /// Nested too deeply.
    TooDeep = 2005, "Take inner parts out into variables or functions.";
    /// A key that the task does not have.
    UnknownTaskKey = 2006, "Look up the task's keys with `dg doc`.";
    /// A key that the task needs is missing.
    MissingTaskKey = 2007, "Add the key to the block.";

    // E3: run
    /// An operation met the wrong kind of value.
    WrongKind = 3001, "Convert the value first, for example with toString() or toNumber().";
    /// Arithmetic or a comparison met null.
    NullValue = 3002, "Give a default with ifnull(value, default).";
    /// A method was called on null.
    MethodOnNull = 3003, "Test the value with != null, or give a default with ifnull(value, default).";
    /// Division by zero.
    DivideByZero = 3004, "Test the divisor before dividing.";
    /// A number does not fit.
    OutOfRange = 3005, "Use smaller numbers.";
    /// An index outside the list or text.
    IndexOutOfRange = 3006, "Test the size before reading.";
    /// A name that has no value.
    UnknownName = 3007, "Assign the variable before it is read.";
    /// A function that does not exist.
    UnknownFunction = 3008, "Look up the function's name with `dg doc`.";
    /// A wrong number of arguments.
    ArgumentCount = 3009, "Look up the parameters with `dg doc`.";
    /// An argument that the function cannot use.
    BadArgument = 3010, "Look up the parameters with `dg doc`.";
    /// The script threw it.
    Thrown = 3011, "Catch it with try { } catch (e) { }.";
    /// A text that cannot be read as what it should be.
    CannotParse = 3012, "Check the text's form.";
    /// A limit on the run was reached.
    LimitReached = 3013, "Raise the limit, or do less in one run.";
    /// Something this host does not do.
    NotSupported = 3014, "Run it with a host that offers it.";
    /// The run was stopped from outside.
    Interrupted = 3015, "Run it again when you like.";
    /// A mail or message could not be sent.
    SendFailed = 3016, "Check the sender's settings.";
    /// A file could not be read or written.
    FileProblem = 3017, "Check the path and its permissions.";
    /// The run was put aside and is resumed later.
    Suspended = 3018, "Resume it with `dg resume` when what it waits for has come.";
    /// The run does something else than its journal says.
    JournalMismatch = 3019, "Resume it with the script and the settings that it was started with.";
    /// A function returned what its product does not take.
    WrongResult = 3020, "`dg doc KIND` says what a function of this kind returns.";

    // E4: connections and requests
    /// A connection that does not exist.
    UnknownConnection = 4001, "List the connections with `dg connections list`; create one with `dg connect SERVICE`.";
    /// A connection that must be authorised again.
    NeedsReauth = 4002, "Authorise it again with `dg connect --reconnect NAME`.";
    /// A host that the connection does not allow.
    HostNotAllowed = 4003, "Add the host with `dg connections allow NAME HOST` if you trust it with the credentials.";
    /// A private, loopback or link-local address.
    AddressRefused = 4004, "Allow it with `--allow-net HOST` if the script is meant to reach it.";
    /// The server's name was not found.
    DnsFailed = 4005, "Check the host name and the network.";
    /// No connection to the server.
    ConnectFailed = 4006, "Check that the server is up and reachable.";
    /// The secure channel could not be set up.
    TlsFailed = 4007, "Check the server's certificate.";
    /// No answer in time.
    Timeout = 4008, "Ask for less at once, or try again later.";
    /// An answer that is too large.
    ResponseTooLarge = 4009, "Ask for fewer records at a time.";
    /// A request that cannot be made from these parts.
    BadRequest = 4010, "Check url, headers and parameters of the call.";
    /// A redirect that leads nowhere good.
    RedirectFailed = 4011, "Call the final address yourself.";
    /// A token could not be refreshed.
    RefreshFailed = 4012, "Try again later; the login itself is kept.";
    /// The service catalogue has no such service.
    UnknownService = 4013, "List the services with `dg services`.";
    /// A service file that is not right.
    BadService = 4014, "Mend the service file.";
    /// The store of credentials cannot be used.
    StoreProblem = 4015, "Check the store's file and key.";
    /// The provider refused the authorisation.
    AuthorizationFailed = 4016, "Start again with `dg connect SERVICE`.";
    /// A request that the recording does not hold.
    NotRecorded = 4017, "Record it with `dg test --record`, or `dg run --record` for one script.";
    /// The answer could not be read.
    BadResponse = 4018, "Read it as text with response-format:TEXT.";
    /// The connection or run does not allow this method.
    MethodNotAllowed = 4019, "Allow the method in the connection's policy.";
    /// A connection that was switched off or revoked.
    ConnectionDisabled = 4020, "Connect again with `dg connect --reconnect NAME`.";
    /// A project whose files ask for what needs trust.
    NotTrusted = 4021, "If you trust who wrote it, run `dg trust` in the project.";

    // E5: checks
    /// A variable that no statement assigns before it is read.
    UndefinedVariable = 5001, "Assign the variable first.";
    /// A function that can end without the value it promises.
    MissingReturn = 5002, "Return a value on every path.";
    /// A call with too few or too many arguments.
    WrongArgumentCount = 5003, "Look up the parameters with `dg doc`.";
    /// An argument of a kind that the function cannot use.
    WrongArgumentKind = 5004, "Convert the value first, for example with toString() or toNumber().";
    /// A function or task that is not known.
    UnknownCall = 5005, "Look up the function's name with `dg doc`.";
    /// A function without a result used as a value, or a result that is dropped.
    UnusedResult = 5006, "Assign the result to a variable.";
    /// Statements that never run.
    Unreachable = 5007, "Remove them, or what ends the block before them.";
    /// An operator between kinds that it does not take.
    KindClash = 5008, "Convert the value first, for example with toString() or toNumber().";
    /// A division by the constant zero.
    ZeroDivisor = 5009, "Divide by something else.";
    /// && and || without parentheses.
    MixedLogic = 5010, "Put parentheses round the part that belongs together: products read it differently.";
    /// A single = that compares.
    SingleEquals = 5011, "Compare with ==.";
    /// A value that may be null is joined to a text.
    NullInText = 5012, "Give a default with ifnull(value,\"\").";
    /// A variable named like a word of the language.
    ReservedName = 5013, "Choose another name: some products refuse this one.";
    /// Something that Zoho's products do not accept.
    NotPortable = 5014, "Write it another way if the script is to run in Zoho.";
    /// A statement that does nothing.
    NoEffect = 5015, "Assign the value, print it with info, or remove the statement.";
    /// A key that is there twice in a task's block.
    RepeatedKey = 5016, "Remove one of them: the last one counts.";
    /// A value is used that may be null.
    PossibleNull = 5017, "Give a default with ifnull(value,default), or ask value != null first.";
    /// A script writes to a service and never looks at the answer.
    UncheckedResponse = 5018, "Look at the answer: test its status or code, or print it with info at least.";
    /// A loop makes a request in every turn.
    CallInLoop = 5019, "Ask for all at once before the loop (a search, COQL, a list of ids), or write all at once after it.";
    /// A loop writes records one by one, where the service takes many at once.
    UpdateInLoop = 5020, "Collect the records in a list in the loop, and write the list after it.";
    /// Only the first page of a list is read, and all of it is meant.
    UnpagedList = 5021, "Read page after page in a loop until one comes back with fewer records, or ask for exactly what is needed.";
    /// A credential is written into the script.
    SecretInText = 5022, "Keep it in a connection (dg connect), and revoke the one that was in the script.";
    /// A text is put into the query of an address without being encoded.
    UnencodedUrl = 5023, "Write encodeUrl(text), or send it as parameters.";
    /// A variable is assigned and never read.
    UnusedVariable = 5024, "Remove the assignment, or read the variable.";
    /// A function never reads one of its parameters.
    UnusedParameter = 5025, "Remove the parameter, or use it.";
    /// A function is never called, in a file whose statements run by themselves.
    UnusedFunction = 5026, "Remove the function, or call it.";
    /// A map is read by a key that is written in other case elsewhere.
    WrongCaseKey = 5027, "Write the key the same way everywhere.";
    /// A map, or the fields of a new record, have a key twice.
    DuplicateKey = 5028, "Remove one of them, or correct its name.";
    /// An error is caught and nothing is done about it.
    EmptyCatch = 5029, "Print the error with info, or say in a comment why it does not matter.";
    /// The id of a record, user or template is written into the script.
    HardCodedId = 5030, "Read it from a variable of the organisation, or take it as a parameter.";
    /// A function or task is used that Zoho advises against.
    Deprecated = 5031, "Use what the message names.";
    /// A request goes to a version of an API that was switched off or replaced.
    OldApiVersion = 5032, "Use the address that the message names; fields and paging may differ.";
    /// Two values are compared whose kinds are never equal.
    NeverEqual = 5033, "Convert one of them first, or compare something else.";
    /// A pattern for dates mixes up its letters.
    DatePattern = 5034, "Write yyyy-MM-dd HH:mm:ss, or hh together with a.";
    /// A request goes to an `http://` address.
    PlainHttp = 5035, "Write https://.";
    /// A function gives a new value, and the value is dropped.
    DroppedValue = 5036, "Assign the result: name = name.trim();.";
    /// Fetched records are compared with null.
    NullRecords = 5037, "Ask records.count() > 0, or test a field: record.ID != null.";
    /// A record of CRM is written without a list of what it triggers.
    NoTriggerList = 5038, "Pass the list: {\"trigger\" : {\"workflow\"}} to run workflow rules, {\"trigger\" : {}} to run nothing.";
    /// A variable or field is assigned to itself.
    SelfAssignment = 5039, "Correct the name, or remove the statement.";
    /// An `else if` asks what an earlier branch has asked.
    RepeatedCondition = 5040, "Correct the condition, or remove the branch.";
    /// A condition is always true, or always false.
    ConstantCondition = 5041, "Remove the condition, or ask what was meant.";
    /// An operator has the same expression on both sides.
    SameOperands = 5042, "Correct one side.";
    /// All branches of a condition do the same.
    SameBranches = 5043, "Correct one of the branches, or remove the condition.";
    /// A block has no statements.
    EmptyBlock = 5044, "Remove the block, or turn the condition around.";
    /// A loop inside of a loop uses the same variable.
    ReusedLoopVariable = 5045, "Give the inner loop a variable of its own.";
    /// A loop ends in its first turn.
    LoopRunsOnce = 5046, "Put the end into a condition, or take the first element with get(0).";
    /// A list is changed while a loop goes through it.
    ChangedInLoop = 5047, "Collect what you want to keep in a new list, and use that after the loop.";
    /// A value is overwritten before anything reads it.
    OverwrittenValue = 5048, "Remove the first assignment, or correct one of the names.";
    /// A credential is printed with `info`.
    LoggedSecret = 5049, "Remove the statement, or print whether the value is there.";
    /// A credential is sent in the query of an address.
    SecretInUrl = 5050, "Let a connection send it: it stays out of the script and of the logs.";
    /// A request with the method GET has a body.
    BodyOnGet = 5051, "Write type: POST, or send the values as parameters.";
    /// Two numbers are joined to a text one after the other.
    SumInText = 5052, "Put the sum in parentheses.";
    /// The first element is taken from a list of records that may be empty.
    FirstOfNone = 5053, "Ask list.size() > 0 first.";
    /// A script talks to several of Zoho's data centres.
    MixedDataCentres = 5054, "Use the addresses of the account's own data centre everywhere.";
    /// A loop fetches records in every turn.
    QueryInLoop = 5055, "Fetch all records once before the loop, and keep them in a map by the field that is looked up.";
    /// A query takes a range of records without sorting them.
    RangeWithoutSort = 5056, "Add sort by.";
    /// Two functions of a file, or two parameters of a function, have the same name.
    RepeatedFunction = 5057, "Rename one of them.";
    /// A request to one of Zoho's APIs has neither a connection nor headers.
    MissingConnection = 5058, "Name a connection: connection: \"crm\".";
    /// A value is compared with the text `"null"`.
    TextNull = 5059, "Compare with null.";
    /// `!` is in front of one side of a comparison.
    NegatedComparison = 5060, "Write a != b, or !(a == b).";
    /// A comment that should allow a finding, and does not.
    BadAllow = 5061, "Write it as // dg-allow: CODE reason, in front of the statement or at the end of its line.";
    /// A function that its product would not run as it is declared.
    HeaderOfKind = 5062, "`dg doc kinds` lists the kinds of functions, with what they get and return.";
    /// A loop does something in every turn that takes longer the more data there is.
    SlowInLoop = 5063, "Go through the list with for each, collect parts in a list, or look things up by the keys of a map.";
    /// A form that the application does not have.
    UnknownForm = 5064, "Look at the application's forms.";
    /// A field that the form does not have.
    UnknownField = 5065, "Look at the form's description for its fields.";
    /// A value of a kind that the field does not hold.
    FieldKind = 5066, "Convert the value first, for example with toDate() or toLong().";
    /// A value that is none of the field's choices.
    UnknownChoice = 5067, "Use one of the choices, or let the field take other values.";
    /// A field is written that only the product writes.
    ReadOnlyField = 5068, "Leave it out: the product fills it.";
    /// A text is read as a date by a pattern that it does not fit.
    DateMismatch = 5069, "Write the pattern as the text is built: dd/MM/yyyy for 31/12/2025.";
    /// Records are counted like the elements of a list, or a list like records.
    RecordCount = 5070, "Count fetched records with count(), and the IDs of a lookup of several records with size().";
    /// Criteria ask whether a lookup of several records contains one.
    ContainsOfLookup = 5071, "Compare with ==: it holds when any of the records is that one.";
    /// A name or an address as a whole is compared with a value, or sorted by.
    WholeComposite = 5072, "Name a part: Name.first_name, Address.district_city.";
    /// A row of a subform on the form is written when the form is submitted.
    RowWritten = 5073, "Write it on user input of the row's field, or on load.";
}

impl Code {
    /// The number, as in `3004`.
    #[must_use]
    pub const fn number(self) -> u16 {
        self as u16
    }

    /// The stage that finds it.
    #[must_use]
    pub const fn stage(self) -> Stage {
        match self as u16 / 1000 {
            1 => Stage::Text,
            2 => Stage::Tree,
            3 => Stage::Run,
            4 => Stage::Connection,
            _ => Stage::Check,
        }
    }

    /// The code with a number, if there is one: `3004` is [`Code::DivideByZero`].
    #[must_use]
    pub fn from_number(number: u16) -> Option<Code> {
        Code::ALL.iter().copied().find(|c| c.number() == number)
    }
}

impl std::fmt::Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "E{}", self.number())
    }
}

/// As its number.
impl serde::Serialize for Code {
    fn serialize<S: serde::Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.serialize_u16(self.number())
    }
}

impl<'de> serde::Deserialize<'de> for Code {
    fn deserialize<D: serde::Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        let number = u16::deserialize(input)?;
        Code::from_number(number).ok_or_else(|| serde::de::Error::custom(format!("{number} is not an error code")))
    }
}

#[cfg(test)]
mod tests {
    use super::Code;

    #[test]
    fn numbers_are_unique_and_ordered_and_helpful() {
        for pair in Code::ALL.windows(2) {
            assert!(pair[0].number() < pair[1].number(), "{} before {}", pair[0], pair[1]);
        }
        for code in Code::ALL {
            assert!(code.help().ends_with('.'), "{code}: help ends with a period");
            assert!((1000..6000).contains(&code.number()), "{code}: a stage");
            assert_eq!(Code::from_number(code.number()), Some(*code));
        }
    }
}
