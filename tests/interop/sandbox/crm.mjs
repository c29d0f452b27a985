// Runs Zoho's own CRM client for Node against the sandbox: `crm.mjs PATH_OF_DG`. Prints a line for each operation.

import { spawn } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { createInterface } from "node:readline";
import * as sdk from "@zohocrm/nodejs-sdk-8.0";

const { Record, Coql, Users, Org, Modules, Fields, ParameterMap } = sdk;
let failed = 0;

async function attempt(operation, call, expected) {
    let detail = "";
    try {
        const found = JSON.stringify(await call());
        if (found !== JSON.stringify(expected)) detail = `${found} in place of ${JSON.stringify(expected)}`;
    } catch (error) {
        detail = String(error.message ?? error).slice(0, 300);
    }
    console.log(`${detail ? "FAIL" : "ok  "} @zohocrm/nodejs-sdk: ${operation} ${detail}`.trimEnd());
    if (detail) failed += 1;
}

async function asked(...pairs) {
    const parameters = new ParameterMap();
    for (const [name, value] of pairs) await parameters.add(name, value);
    return parameters;
}

function body(...fields) {
    const record = new Record.Record();
    for (const [name, value] of fields) record.addFieldValue(Record.Field.Leads[name], value);
    const wrapper = new Record.BodyWrapper();
    wrapper.setData([record]);
    return wrapper;
}

const data = (response) => response.getObject().getData();
const ids = (response) => data(response).map((record) => record.getId().toString());
const code = (response) => data(response)[0].getCode().getValue();

async function operations(base) {
    const place = mkdtempSync(`${tmpdir()}/crm-`);
    // A data centre of its own: the sandbox.
    const environment = sdk.DataCenter.setEnvironment(
        `${base}/zoho-api/us`, `${base}/zoho-accounts/us/oauth/v2/token`, `${base}/zoho-api/us`);
    const initialize = await new sdk.InitializeBuilder();
    await initialize
        .environment(environment)
        .token(new sdk.OAuthBuilder().accessToken("made-up").build())
        .store(new sdk.FileStore(`${place}/tokens`))
        .SDKConfig(new sdk.SDKConfigBuilder().autoRefreshFields(false).pickListValidation(false).build())
        .resourcePath(place)
        .logger(new sdk.LogBuilder().level(sdk.Levels.OFF).filePath(`${place}/log`).build())
        .initialize();
    const leads = new Record.RecordOperations("Leads");
    const some = () => asked([Record.GetRecordsParam.FIELDS, "Last_Name,Email,Owner"], [Record.GetRecordsParam.PER_PAGE, 3]);
    await attempt("getRecords", async () => ids(await leads.getRecords(await some())), ["1001", "1002", "1003"]);
    await attempt("getRecord", async () => ids(await leads.getRecord(1001n)), ["1001"]);
    const ito = () => body(["LAST_NAME", "Ito"], ["EMAIL", "ito@example.com"]);
    await attempt("createRecords", async () => code(await leads.createRecords(ito())), "SUCCESS");
    await attempt("upsertRecords", async () => code(await leads.upsertRecords(ito())), "SUCCESS");
    await attempt("updateRecord", async () => code(await leads.updateRecord(1002n, body(["COMPANY", "New"]))), "SUCCESS");
    const byEmail = () => asked([Record.SearchRecordsParam.EMAIL, "ada.lindqvist@example.com"]);
    await attempt("searchRecords", async () => ids(await leads.searchRecords(await byEmail())), ["1001"]);
    await attempt("deleteRecord", async () => code(await leads.deleteRecord(1012n)), "SUCCESS");
    const nameless = async () => code(await leads.createRecords(body(["COMPANY", "Acme"])));
    await attempt("a missing field has its code", nameless, "MANDATORY_NOT_FOUND");
    await attempt("getUsers", async () => {
        return (await new Users.UsersOperations().getUsers()).getObject().getUsers()[0].getFullName();
    }, "Robin");
    await attempt("getOrganization", async () => {
        return (await new Org.OrgOperations().getOrganization()).getObject().getOrg()[0].getCompanyName();
    }, "Sandbox");
    await attempt("getModules", async () => {
        return (await new Modules.ModulesOperations().getModules()).getObject().getModules().length >= 20;
    }, true);
    await attempt("getFields", async () => {
        const found = await new Fields.FieldsOperations().getFields(await asked([Fields.GetFieldsParam.MODULE, "Deals"]));
        return found.getObject().getFields().some((field) => field.getAPIName() === "Stage");
    }, true);
    await attempt("COQL", async () => {
        const query = new Coql.BodyWrapper();
        query.setSelectQuery("select Last_Name from Leads where Lead_Source = 'Partner' limit 2");
        return ids(await new Coql.CoqlOperations().getRecords(query));
    }, ["1003", "1006"]);
}

const sandbox = spawn(process.argv[2], ["sandbox", "--lenient", "1"], { stdio: ["ignore", "pipe", "ignore"] });
const lines = createInterface({ input: sandbox.stdout })[Symbol.asyncIterator]();
try {
    await operations((await lines.next()).value.trim());
} catch (error) {
    console.log(`FAIL @zohocrm/nodejs-sdk: ${error.stack ?? error}`);
    failed += 1;
} finally {
    sandbox.kill();
}
process.exit(failed ? 1 : 0);
