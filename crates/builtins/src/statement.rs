//! The statements of the language, a row each: what the reference, `dg doc` and hovers say of them.

/// A statement, or a form of one.
#[derive(Clone, Copy, Debug)]
pub struct Statement {
    /// The words that it is known by, as in `for each index`.
    pub name: &'static str,
    /// How it is written.
    pub form: &'static str,
    /// What it does, in sentences; lists show only the first one.
    pub doc: &'static str,
    /// A script that shows it.
    pub example: &'static str,
    /// What `info` prints in the example; empty for those that need a form or records.
    pub prints: &'static str,
    /// The products that have it, comma-separated; empty for all.
    pub products: &'static str,
    /// Whether Zoho's products run it; what only runs here says so.
    pub portable: bool,
}

const ROW: Statement = Statement { name: "", form: "", doc: "", example: "", prints: "", products: "", portable: true };
/// Statements of Creator.
const CREATOR: Statement = Statement { products: "Creator", ..ROW };

/// All statements, in the order of the reference.
pub const STATEMENTS: &[Statement] = &[
    Statement {
        name: "=",
        form: "name = value;",
        doc: "Gives a variable a value; the variable is made if it is not there. A type in front (`int n = 1;`) may be written.",
        example: "total = 1;\ntotal += 2;\ninfo total;",
        prints: "3",
        ..ROW
    },
    Statement {
        name: "if",
        form: "if(condition) { … } else if(condition) { … } else { … }",
        doc: "Runs the first block whose condition is true, else the last one. `if(condition, a, b)` within an expression gives one of two values.",
        example: "x = 7;\nif(x > 10)\n{\n\tinfo \"large\";\n}\nelse if(x > 5)\n{\n\tinfo \"middle\";\n}\nelse\n{\n\tinfo \"small\";\n}",
        prints: "middle",
        ..ROW
    },
    Statement {
        name: "for each",
        form: "for each name in values { … }",
        doc: "Runs the block once for each element of a list, key of a map, or value of a text with commas. What is added during the loop is not visited; null is visited not at all.",
        example: "for each price in {10,20}\n{\n\tinfo price * 2;\n}",
        prints: "20\n40",
        ..ROW
    },
    Statement {
        name: "for each index",
        form: "for each index name in list { … }",
        doc: "Runs the block once for each index of a list, beginning with 0.",
        example: "names = {\"Ada\",\"Bea\"};\nfor each index i in names\n{\n\tinfo i + \" \" + names.get(i);\n}",
        prints: "0 Ada\n1 Bea",
        ..ROW
    },
    Statement {
        name: "while",
        form: "while(condition) { … }",
        doc: "Runs the block as long as the condition is true. Zoho's products have no such loop; there, write `for each` over a list.",
        example: "n = 0;\nwhile(n < 3)\n{\n\tn = n + 1;\n}\ninfo n;",
        prints: "3",
        portable: false,
        ..ROW
    },
    Statement {
        name: "break",
        form: "break;",
        doc: "Leaves the innermost loop.",
        example: "for each n in {1,2,3}\n{\n\tif(n == 2)\n\t{\n\t\tbreak;\n\t}\n\tinfo n;\n}",
        prints: "1",
        ..ROW
    },
    Statement {
        name: "continue",
        form: "continue;",
        doc: "Goes on with the next turn of the innermost loop.",
        example: "for each n in {1,2,3}\n{\n\tif(n == 2)\n\t{\n\t\tcontinue;\n\t}\n\tinfo n;\n}",
        prints: "1\n3",
        ..ROW
    },
    Statement {
        name: "return",
        form: "return value;",
        doc: "Ends the function with a result, or the script. Without a value it ends a function that returns nothing.",
        example: "int twice(int n)\n{\n\treturn n * 2;\n}\ninfo twice(21);",
        prints: "42",
        ..ROW
    },
    Statement {
        name: "try",
        form: "try { … } catch (name) { … }",
        doc: "Runs the second block when an error stops the first. The variable holds the error: `e.message` and `e.lineNo` read it. There is no `finally`.",
        example: "try\n{\n\tx = 1 / 0;\n}\ncatch (e)\n{\n\tinfo \"line \" + e.lineNo;\n}",
        prints: "line 3",
        ..ROW
    },
    Statement {
        name: "throw",
        form: "throw value;",
        doc: "Stops with an error of the script's own, which the nearest `catch` takes, also in a function that called this one.",
        example: "try\n{\n\tthrow \"no such customer\";\n}\ncatch (e)\n{\n\tinfo e.message;\n}",
        prints: "no such customer",
        ..ROW
    },
    Statement {
        name: "info",
        form: "info value;",
        doc: "Writes a value to the log, of any kind. `dg run` prints it.",
        example: "info {\"a\":1};",
        prints: "{\"a\":1}",
        ..ROW
    },
    Statement {
        name: "alert",
        form: "alert message;",
        doc: "Shows a message to whoever fills in the form. On validation it is shown only when `cancel submit` follows. `alert(Field, message)` shows it at a field.",
        example: "if(input.Amount == null)\n{\n\talert \"Enter an amount.\";\n\tcancel submit;\n}",
        ..CREATOR
    },
    Statement {
        name: "cancel submit",
        form: "cancel submit;",
        doc: "Keeps the form from being saved, on validation.",
        example: "if(input.Amount < 0)\n{\n\tcancel submit;\n}",
        ..CREATOR
    },
    Statement {
        name: "hide",
        form: "hide Field;",
        doc: "Hides a field of the form; `show` brings it back.",
        example: "hide Discount;\nshow Amount;",
        ..CREATOR
    },
    Statement {
        name: "show",
        form: "show Field;",
        doc: "Shows a field of the form that was hidden.",
        example: "show Discount;",
        ..CREATOR
    },
    Statement {
        name: "enable",
        form: "enable Field;",
        doc: "Lets a field of the form be filled in again.",
        example: "enable Discount;",
        ..CREATOR
    },
    Statement {
        name: "disable",
        form: "disable Field;",
        doc: "Keeps a field of the form from being filled in; `enable` lets it again.",
        example: "disable Discount;",
        ..CREATOR
    },
    Statement {
        name: "insert into",
        form: "insert into Form [ Field=value … ];",
        doc: "Adds a record to a form. As an expression it gives the ID of the record.",
        example: "id = insert into Orders\n[\n\tAdded_User=zoho.loginuser\n\tCustomer=\"Ada\"\n];",
        ..CREATOR
    },
    Statement {
        name: "delete from",
        form: "delete from Form[criteria];",
        doc: "Deletes the records of a form that fit.",
        example: "delete from Orders[Total == 0];",
        ..CREATOR
    },
    Statement {
        name: "fetch records",
        form: "name = Form[criteria] sort by Field desc range from 1 to 10;",
        doc: "Reads the records of a form that fit, sorted and cut where that is wanted. Fields are read from the first one, `for each` visits all, and what is assigned to a field is written.",
        example: "big = Orders[Total > 100] sort by Total desc;\nfor each order in big\n{\n\torder.Checked = true;\n}",
        ..CREATOR
    },
];

/// The statement that a word or words belong to: `for  each`, `else`, `catch`. Blanks and case do not count.
#[must_use]
pub fn statement(name: &str) -> Option<&'static Statement> {
    let name = name.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
    let exact = STATEMENTS.iter().find(|row| row.name == name);
    let other = match name.as_str() {
        "else" | "else if" => "if",
        "catch" | "try catch" => "try",
        "for" | "foreach" | "each" => "for each",
        "insert" => "insert into",
        "delete" => "delete from",
        "cancel" => "cancel submit",
        "+=" | "-=" | "*=" | "/=" | "%=" | "assign" => "=",
        _ => "",
    };
    exact.or_else(|| STATEMENTS.iter().find(|row| row.name == other))
}
