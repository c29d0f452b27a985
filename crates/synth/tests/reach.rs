//! What it takes to reach statements: values that the script computes conditions from, however far away.
#![allow(clippy::unwrap_used, missing_docs)]

use rainwright_synth::{Report, TryOptions, Verdict, try_script};

fn tried(source: &str) -> Report {
    try_script("script.dg", source, &TryOptions::default()).unwrap()
}

/// Every statement is reached.
fn is_whole(source: &str) -> Report {
    let report = tried(source);
    assert_eq!(report.verdict, Verdict::Finished, "{source}\n{:?}", report.entries[0].end);
    assert_eq!(report.coverage.reached, report.coverage.statements, "{source}\n{:?}", report.unreached);
    report
}

/// Every statement is reached, and no mistake is told of a script that has none.
fn is_clean(source: &str) {
    let found: Vec<String> = is_whole(source).found().map(|found| found.fault.message.clone()).collect();
    assert_eq!(found, Vec::<String>::new(), "{source}");
}

#[test]
fn flags_are_followed_to_what_they_are_assigned() {
    is_whole(
        r#"void f(int id)
{
    deal = zoho.crm.getRecordById("Deals", id);
    isOpen = ifnull(deal.get("Closed"), "no").toString() == "no";
    isLarge = deal.get("Amount") > 5000;
    if(isOpen && isLarge)
    {
        info "large and open";
    }
    else if(!isOpen)
    {
        info "closed";
    }
    found = false;
    for each contact in zoho.crm.getRelatedRecords("Contact_Roles", "Deals", id)
    {
        if(contact.get("Role") == "Buyer")
        {
            found = true;
        }
    }
    if(found == true)
    {
        info "there is a buyer";
    }
    if(found == false)
    {
        info "there is none";
    }
}"#,
    );
}

#[test]
fn tests_are_compared_with_true_and_false() {
    is_whole(
        r#"void f(string status, string tags)
{
    if(status.isEmpty() == false && tags.contains("vip") == true)
    {
        info "a customer who counts";
    }
    if(status.startsWith("Won") != true)
    {
        info "not won";
    }
}"#,
    );
}

#[test]
fn dates_are_made_on_both_sides_of_today() {
    is_whole(
        r#"void f(int id)
{
    deal = zoho.crm.getRecordById("Deals", id);
    start = deal.get("Demo_Start").toString().toDateTime("yyyy-MM-dd'T'HH:mm:ssXXX");
    if(start < zoho.currenttime)
    {
        info "it is over";
        return;
    }
    renewal = deal.get("Closing_Date").addMonth(3);
    if(renewal > zoho.currentdate)
    {
        info "there is time";
    }
    else
    {
        info "it is due";
    }
}"#,
    );
}

#[test]
fn a_map_is_asked_for_its_own_keys() {
    is_whole(
        r#"void f(int id)
{
    ranks = {"Lead": 1, "Customer": 2, "Partner": 3};
    factors = {"A": 0.5, "B": 0.25};
    item = zoho.crm.getRecordById("Accounts", id);
    if(ranks.get(item.get("Grade_Name")) > 2)
    {
        info "a partner";
    }
    if(ranks.containsKey(item.get("Other_Grade")))
    {
        info "known";
    }
    info 100 * factors.get(item.get("Margin"));
}"#,
    );
}

#[test]
fn lists_that_a_loop_fills_get_the_size_that_is_asked_for() {
    is_whole(
        r#"void f(int id)
{
    chosen = List();
    for each row in zoho.crm.getRecordById("Deals", id).get("Rooms")
    {
        if(row.get("Chosen") == true)
        {
            chosen.add(row.get("Number"));
        }
    }
    if(chosen.size() == 1)
    {
        info "one";
    }
    if(chosen.isEmpty())
    {
        info "none";
    }
}"#,
    );
}

#[test]
fn what_a_value_is_in_is_there_when_the_value_is_needed() {
    is_whole(
        r#"void f(int id)
{
    quote = zoho.crm.getRecordById("Quotes", id);
    now = "";
    lookup = quote.get("Deal_Name");
    if(!isNull(lookup) && !isNull(lookup.get("id")))
    {
        now = lookup.get("id").toString();
    }
    before = ifnull(quote.get("Former_Deal"), "").toString();
    if(before != "" && now != "" && before != now)
    {
        info "moved";
        return;
    }
    if(now == "" && before != "")
    {
        info "unlinked";
        return;
    }
    if(now != "")
    {
        info "linked";
    }
}"#,
    );
}

#[test]
fn a_map_out_of_a_part_of_a_text_has_its_keys() {
    is_clean(
        r#"void f(Map crmAPIRequest)
{
    body = crmAPIRequest.get("body").toString().replaceAll("\\", "");
    order = body.toMap();
    info order.get("customer").get("email").toLowerCase();
    answer = invokeurl [ url: "https://api.example.com/text" type: GET ].toString();
    at = answer.indexOf("{");
    info answer.subString(at).toMap().get("status").toUpperCase();
}"#,
    );
}

#[test]
fn a_text_is_not_made_up_where_a_map_is_read() {
    is_clean(
        r#"void f(int id)
{
    account = zoho.crm.getRecordById("Contacts", id).get("Account_Name");
    if(account == " ")
    {
        info "blank";
    }
    info account.get("name");
}"#,
    );
}

#[test]
fn records_are_asked_for_fields_as_for_keys() {
    is_clean("for each item in Orders[Status == \"Open\"]\n{\n    info item.get(\"ID\").toLong() + 1;\n}");
}

#[test]
fn a_text_that_was_cut_before_it_is_parsed_has_its_keys() {
    is_clean(
        r#"string f(string payload)
{
    data = payload.remove("\n").toMap();
    if(data.get("status") == "ok")
    {
        return data.get("data").get("name").toUpperCase();
    }
    return data.get("error").get("message");
}"#,
    );
    is_clean("text = input_text.removeFirstOccurence(\"x\");\ninfo text.toMap().get(\"amount\") * 2;");
}

#[test]
fn separators_are_in_the_order_in_which_a_text_is_cut() {
    is_clean(
        r#"item = Settings[ID == 4255146000000722007];
info item.Image.getSuffix("quality = \"").getSuffix("image/").getPrefix("\"").toUpperCase();"#,
    );
}

#[test]
fn records_stay_as_the_script_leaves_them() {
    let report = tried(
        r#"void f(int n)
{
    row = insert into Orders [ Added_User = zoho.loginuser Status = "New" Amount = n ];
    mine = Orders[ID == row];
    if(mine.Amount != n || mine.Status != "New")
    {
        info "never: what was added is found";
    }
    open = Orders[Status == "Open" && Amount > 10];
    for each order in open
    {
        info "amount " + order.Amount;
        order.Status = "Paid";
    }
    delete from Orders[Status == "New"];
    if(Orders[Status == "New"].count() > 0)
    {
        info "only where the search wants records again";
    }
}"#,
    );
    let never: Vec<String> = report.unreached.iter().map(|one| format!("{} {}", one.line, one.why)).collect();
    assert_eq!(never.len(), 1, "{never:#?}");
    assert!(never[0].starts_with("5 ") || never[0].starts_with("7 "), "{never:#?}");
    let lines: Vec<&str> = report.entries[0].events.iter().map(|event| event.text.as_str()).collect();
    assert!(lines.iter().any(|line| line.starts_with("amount 1")), "{lines:#?}");
}

#[test]
fn dates_are_as_far_away_as_a_condition_asks() {
    is_clean(
        r#"void f(int id)
{
    invoice = zoho.crm.getRecordById("Invoices", id);
    due = invoice.get("Due_Date").toDate();
    overdue = daysBetween(due, zoho.currentdate);
    if(overdue > 60)
    {
        info "very late";
    }
    else if(overdue > 30)
    {
        info "late";
    }
    else if(overdue <= 0)
    {
        info "in time";
    }
    left = zoho.currentdate.daysBetween(invoice.get("Renewal_Date"));
    if(left == 90)
    {
        info "a quarter is left";
    }
    if(monthsBetween(invoice.get("Start_Date"), today) >= 12)
    {
        info "a year with us";
    }
}"#,
    );
}

#[test]
fn a_word_follows_the_start_that_ends_in_a_blank() {
    is_clean(
        r#"void f(string message)
{
    text = message.trim().toLowerCase();
    if(text.startsWith("task "))
    {
        parts = message.subString(5).toList(" by ");
        if(parts.size() > 1)
        {
            info parts.get(1);
        }
    }
}"#,
    );
}

#[test]
fn a_text_for_a_parameter_is_a_text_with_the_parts_that_are_asked_for() {
    let report = is_whole(
        r#"void f(int id)
{
    order = zoho.crm.getRecordById("Orders", id);
    info split(order.get("Customer_Name"));
}
string split(string name)
{
    parts = name.toList(" ");
    last = parts.get(parts.size() - 1);
    if(parts.size() > 1)
    {
        return last + ", " + parts.get(0);
    }
    return last;
}"#,
    );
    // A name that is missing is the only thing that can go wrong.
    let codes: Vec<String> = report.found().map(|found| found.fault.code.to_string()).collect();
    assert!(codes.iter().all(|code| code == "E3003"), "{codes:?}");
}

#[test]
fn records_are_told_of_as_people_write_them() {
    let report = tried(
        r#"product = Product[Code == "A"];
product.Stock = product.Stock - 1;
info product.Stock * 2;"#,
    );
    let told: Vec<&str> = report.entries[0].events.iter().map(|event| event.text.as_str()).collect();
    assert!(told.iter().any(|text| text.starts_with("change Product ") && text.contains(": Stock = ")), "{told:#?}");
    let report = tried(
        "product = Product[Code == \"A\"];\nif(product.count() == 0)\n{\n    info 1;\n}\ninfo product.Stock * 2;",
    );
    let because: Vec<&String> = report.found().flat_map(|found| &found.because).collect();
    assert!(because.iter().any(|why| why.ends_with("Product of line 1 is empty")), "{because:?}");
}

#[test]
fn a_flag_of_a_loop_and_a_figure_of_an_earlier_branch_are_chosen_together() {
    is_clean(
        r#"due = invoice.get("due_date").toDate();
overdue = daysBetween(due, zoho.currentdate);
balance = invoice.get("balance");
if(overdue <= 0 || balance == 0)
{
    return;
}
fee = 0;
if(overdue > 30)
{
    fee = balance * 0.02;
}
charged = false;
for each line in invoice.get("line_items")
{
    if(line.get("name").equalsIgnoreCase("Late fee"))
    {
        charged = true;
    }
}
if(!charged && fee > 0)
{
    info "charge " + fee;
}"#,
    );
}

#[test]
fn names_and_ids_fit_what_they_belong_to() {
    let report = tried(
        r#"for each line in input.Items
{
    info line.get("product").get("name");
    product = Product[ID == line.get("Goods")];
    info product.Title;
}"#,
    );
    let entry = &report.entries[0];
    assert_eq!(entry.events[0].text, "Desk lamp");
    let items = entry.arguments[0].1.get("Items").unwrap();
    let goods = items.as_list().unwrap()[0].get("Goods").unwrap().to_string();
    assert!(goods.len() > 15 && goods.parse::<i64>().is_ok(), "{goods}");
}

#[test]
fn pages_that_a_cursor_leads_to_come_to_an_end() {
    for (key, test) in [("nextCursor", "!= null"), ("next_page_token", "!= \"\"")] {
        is_whole(&format!(
            r#"cursor = "0";
count = 0;
while(cursor {test})
{{
    page = invokeurl [ url: "https://api.example.com/items?from=" + cursor type: GET ];
    for each item in page.get("items")
    {{
        if(hoursBetween(item.get("created_time").toDateTime("yyyy-MM-dd'T'HH:mm:ss"), zoho.currenttime) > 48)
        {{
            count = count + 1;
        }}
        else
        {{
            info item.get("id");
        }}
    }}
    cursor = page.get("{key}");
}}
info count;"#
        ));
    }
}

#[test]
fn records_of_two_forms_may_have_the_same_id() {
    is_whole(
        r#"void f(int productId, int customerId)
{
    product = Product[ID == productId];
    customer = Customer[ID == customerId];
    if(customer.Category == "Gold")
    {
        product.Stock = 7;
    }
    info product.Title + " for " + customer.Email.toLowerCase();
}"#,
    );
}

#[test]
fn a_counter_of_a_loop_stays_what_it_was_when_there_is_nothing_to_count() {
    is_clean(
        r#"void f(string email)
{
    found = 0;
    total = 0.0;
    names = "";
    for each contact in zoho.crm.searchRecords("Contacts", "(Email:equals:" + email + ")")
    {
        found = found + 1;
        total = total + ifnull(contact.get("Amount"), 0);
        names = names + contact.get("Last_Name") + ", ";
    }
    if(found == 0)
    {
        info "nobody";
    }
    else if(found == 3)
    {
        info "three of them";
    }
    if(names == "" || total == 0)
    {
        info "nothing to tell";
    }
    if(names.length() > 0)
    {
        info names;
    }
}"#,
    );
    is_clean(
        r#"count = 0;
for each order in Orders[Status == "Open"]
{
    count = count + 1;
}
if(count == 0)
{
    info "none is open";
}
waiting = Orders[Status == "Waiting"];
if(waiting.count() == 0)
{
    info "none waits";
}
last = null;
for each order in Orders[Status == "Sent"]
{
    last = order.Number;
}
if(last == null)
{
    info "none was sent";
}"#,
    );
}
