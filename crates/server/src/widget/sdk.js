// Our own implementation of the SDKs that widgets load: the same calls, and the messages that the host page answers.
"use strict";

(() => {
  const host = new URLSearchParams(location.search).get("serviceOrigin") ?? "";
  const listeners = {};
  const promises = new Map();
  let uniqueID, next = 100, ready;
  const begun = new Promise((resolve) => { ready = resolve; });

  window.addEventListener("message", (event) => {
    if (event.source !== window.parent || event.origin !== host || event.data?.type !== "FRAMEWORK.EVENT") return;
    const { eventName, promiseid, data } = event.data;
    if (eventName === "SET_CONTEXT") {
      uniqueID = data?.uniqueID;
      ready();
    } else if (eventName === "EVENT_RESPONSE" || eventName === "EVENT_RESPONSE_FAILURE") {
      const waiting = promises.get(promiseid);
      promises.delete(promiseid);
      if (eventName === "EVENT_RESPONSE") waiting?.resolve(data); else waiting?.reject(data);
    } else {
      listeners[eventName]?.(data);
    }
  });

  const appOrigin = encodeURIComponent(location.origin + location.pathname);
  function post(message) {
    window.parent.postMessage({ type: "SDK.EVENT", appOrigin, ...message }, host);
  }

  let started = false;
  function init() {
    if (!started) {
      started = true;
      post({ eventName: "REGISTER" });
    }
    return begun;
  }

  function ask(data) {
    const promiseid = `Promise${next}`;
    next += 1;
    return new Promise((resolve, reject) => {
      promises.set(promiseid, { resolve, reject });
      init().then(() => post({ eventName: "CRM_EVENT", uniqueID, time: Date.now(), promiseid, data: { ...data, sdkVersion: "1" } }));
    });
  }

  const read = (APIData) => ask({ category: "READ", APIData });
  const meta = (type, data) => ask({ ...data, category: "META", type });
  const config = (type, APIData, nameSpace) => ask({ category: "CONFIG", type, nameSpace, APIData });
  const approvals = (action, data) => ask({ ...data, category: "APPROVALS", action });
  const ui = (action, data) => ask({ category: "UI", action, data });
  function write(category, { Entity, APIData, Trigger, duplicate_check_fields }, more = {}) {
    const fields = { ...APIData, ...more };
    if (Trigger) fields.trigger = Trigger;
    if (duplicate_check_fields) fields.duplicate_check_fields = [duplicate_check_fields].flat().join(",");
    return ask({ category, type: "RECORD", Entity, APIData: fields });
  }
  function remote(method, data) {
    let { url } = data;
    const query = new URLSearchParams(data.params ?? {}).toString();
    if (query) url += (url.includes("?") ? "&" : "?") + query;
    const sent = { url, Header: data.headers, Body: data.body, CONTENT_TYPE: data.CONTENT_TYPE, PARTS: data.PARTS, PARTS_BOUNDARY: data.PART_BOUNDARY, FILE: data.FILE };
    return ask({ category: "CONNECTOR", nameSpace: `wget.${method}`, data: sent });
  }
  const connector = (nameSpace, type, data) => ask({ category: "CONNECTOR", nameSpace, type, data });
  function orgVariable(given) {
    if (typeof given === "string") return config("VARIABLE", undefined, given);
    const names = given.apiKeys ?? given.nameSpace;
    return config("VARIABLE", undefined, Array.isArray(names) ? { apiKeys: names } : names);
  }

  // What the page around the widget does for products whose SDKs keep their messages to themselves.
  const product = (method, what, data) => ask({ category: "PRODUCT", method, what, data });

  const CRM = {
    API: {
      getRecord: read, getAllRecords: read, getRelatedRecords: read,
      getContactRole: (data) => read({ ...data, type: "CONTACT_ROLE" }),
      insertRecord: (data) => write("CREATE", data),
      upsertRecord: (data) => write("CREATE", data, { action: "UPSERT" }),
      updateRecord: (data) => write("UPDATE", data),
      deleteRecord: ({ Entity, RecordID }) => ask({ category: "DELETE", type: "RECORD", Entity, RecordID }),
      searchRecord: (APIData) => ask({ category: "SEARCH", APIData }),
      coql: (APIData) => ask({ category: "QUERY", APIData }),
      updateRelatedRecords: (data) => ask({ ...data, category: "UPDATE", type: "RELATED_RECORD" }),
      delinkRelatedRecord: (data) => ask({ ...data, category: "DELETE", type: "RELATED_RECORD" }),
      addNotes: ({ Entity, RecordID, Title, Content }) =>
        ask({ category: "CREATE", type: "NOTES", Entity, RelatedID: RecordID, APIData: { data: [{ Note_Title: Title, Note_Content: Content }] } }),
      attachFile: ({ Entity, RecordID, File }) =>
        ask({ category: "CREATE", type: "ATTACHMENT", Entity, RelatedID: RecordID, APIData: { FileName: File.Name, FileData: File.Content } }),
      uploadFile: (FileData) => ask({ category: "FILES", type: "UPLOAD_FILE", FileData }),
      getFile: (data) => ask({ ...data, category: "FILES", type: "DOWNLOAD_FILE" }),
      getBluePrint: (data) => ask({ ...data, category: "BLUEPRINT", action: "GET_BLUEPRINT_STATUS" }),
      updateBluePrint: (data) => ask({ ...data, category: "BLUEPRINT", action: "UPDATE_BLUEPRINT_STATUS" }),
      getAllActions: (data) => approvals("GET_ALL_ACTIONS", data),
      getApprovalRecords: (data) => approvals("GET_APPROVAL_RECORDS", data),
      getApprovalById: (data) => approvals("GET_APPROVALBYID", data),
      getApprovalsHistory: () => approvals("GET_APPROVALS_HISTORY"),
      approveRecord: (data) => approvals("UPDATE_APPROVAL", data),
      sendMail: (APIData) => ask({ category: "MAIL", APIData }),
      getAllUsers: (data) => ask({ ...data, category: "USER" }),
      getUser: (data) => ask({ ...data, category: "USER" }),
      getAllProfiles: (APIData) => ask({ category: "PROFILES", type: "GET_ALL_PROFILES", APIData }),
      getProfile: ({ ID, ...APIData }) => ask({ category: "PROFILES", type: "GET_PROFILE", ID, APIData }),
      updateProfile: ({ ID, APIData }) => ask({ category: "UPDATE", type: "PROFILE", ID, APIData }),
      getAllRoles: (data) => ask({ ...data, category: "ROLES" }),
      getRoleById: ({ id }) => ask({ category: "ROLES", roleId: id }),
      getOrgVariable: orgVariable,
      updateVoiceURL: (APIData) => ask({ category: "UPDATE", type: "VOICE_URL", APIData }),
    },
    CONFIG: {
      getCurrentUser: (data) => config("CURRENT_USER", data),
      getOrgInfo: (data) => config("ORG", data),
      GetCurrentEnvironment: () => config("ORG_LEVEL_INFO"),
      createUser: (data) => config("CREATEUSER", data),
      editUser: (data) => config("EDITUSER", data),
      deleteUser: (data) => config("DELETEUSER", data),
    },
    META: {
      getFields: (data) => meta("FIELD_LIST", data),
      getModules: (data) => meta("MODULE_LIST", data),
      getLayouts: (data) => meta(data.Id ?? data.LayoutId ? "LAYOUT" : "LAYOUTS", { ...data, Id: data.Id ?? data.LayoutId }),
      getRelatedList: (data) => meta("RELATED_LIST", data),
      getCustomViews: (data) => meta(data.Id ? "CUSTOM_VIEW" : "CUSTOM_VIEWS", data),
      getAssignmentRules: (data) => meta("ASSIGNMENT_RULES", data),
      EMAIL: { getAvailableFromAliases: () => meta("EMAIL", { subType: "GET_ALIAS" }) },
    },
    CONNECTION: {
      invoke: (connectionName, { url, method, param_type, parameters, headers }) => ask({
        category: "CRM_CONNECTION",
        connectionName,
        data: { data: { url, method, param_type, parameters: JSON.stringify(parameters), headers: JSON.stringify(headers) } },
      }),
    },
    CONNECTOR: {
      invokeAPI: (nameSpace, data) => connector(nameSpace, "CONNECTOR_API", data),
      authorize: (nameSpace) => connector(nameSpace, "CONNECTOR_AUTHORIZE", {}),
      isConnectorAuthorized: (nameSpace) => connector(nameSpace, "CONNECTOR_API", { invokeType: "ISAUTHORIZE" }),
      revokeConnector: (nameSpace) => connector(nameSpace, "CONNECTOR_REVOKE", {}),
    },
    FUNCTIONS: {
      execute: (customFunctionName, data) =>
        ask({ category: "FUNCTIONS_EXECUTE", customFunctionName, data: { data: { ...data, auth_type: "oauth" } } }),
    },
    HTTP: Object.fromEntries(["get", "post", "put", "patch", "delete"].map((method) => [method, (data) => remote(method, data)])),
    UI: {
      Resize: ({ width, height }) => ui("RESIZE", { width, height }),
      Popup: {
        close: () => ui({ popup: "CLOSE" }),
        closeReload: () => ui({ popup: "CLOSE_RELOAD" }),
        showMessage: (data) => ui({ popup: "SHOW_MSG" }, data),
      },
      Record: Object.fromEntries(["open", "edit", "create", "populate"].map((what) => [what, (data) => ui({ record: what.toUpperCase() }, data)])),
      Dialer: Object.fromEntries(["maximize", "minimize", "notify"].map((what) => [what, () => ui({ telephony: what.toUpperCase() })])),
      WebTab: {
        open: (data) => ui({ webTab: "OPEN" }, data),
        pushState: (data) => ui({ webTab: "HISTORY" }, data),
        history: { pushState: (data) => ui({ webTab: "HISTORY" }, data) },
      },
      Sidebar: { open: (data) => ui({ sidebar: "OPEN" }, data), close: (data) => ui({ sidebar: "CLOSE" }, data) },
      Setting: { open: (data) => ui({ setting: "OPEN" }, data) },
    },
    BLUEPRINT: { proceed: () => ui({ blueprint: "PROCEED" }) },
    WIZARD: { Post: (data) => ui({ wizard: "POST" }, data) },
  };

  // Creator: each call goes to the host by its name.
  const creator = (part, names) =>
    Object.fromEntries(names.map((name) => [name, (config_) => ask({ category: "CREATOR", method: `${part}.${name}`, config: config_ ?? {} })]));
  const CREATOR = {
    init: () => init().then(() => CREATOR),
    DATA: creator("DATA", ["getRecords", "getRecordById", "getRecordCount", "addRecords", "updateRecordById", "deleteRecordById", "invokeCustomApi"]),
    API: creator("API", ["getAllRecords", "getRecordById", "getRecordCount", "addRecord", "updateRecord", "deleteRecord", "uploadFile"]),
    FILE: creator("FILE", ["uploadFile"]),
    META: creator("META", ["getForms", "getReports", "getPages", "getSections", "getFields", "getApplications"]),
    PUBLISH: creator("PUBLISH", ["getRecords", "getRecordById", "addRecords"]),
    UTIL: creator("UTIL", ["getQueryParams", "getInitParams", "navigateParentURL"]),
  };

  window.ZOHO = {
    embeddedApp: {
      on: (name, listener) => { listeners[name] = listener; },
      init,
    },
    CRM,
    CREATOR,
  };
  window.$Client = { close: (data) => ui({ popup: "CLOSE" }, data) };

  // Finance and Desk: an application that is told of events, what it reads and sets in the page, and requests.
  const app = { instance: { on: (name, listener) => { listeners[name] = listener; }, off: (name) => { delete listeners[name]; } } };
  const begin = () => init().then(() => app);
  const both = (sdk) => ({
    get: (what) => product("get", what),
    set: (what, data) => product("set", what, data),
    request: (data) => ask({ category: "PRODUCT_REQUEST", sdk, data }),
  });
  window.ZFAPPS = { extension: { init: begin }, ...both("ZFAPPS"), invoke: (what, data) => product("invoke", what, data) };
  window.ZOHODESK = { extension: { onload: begin }, ...both("ZOHODESK"), notify: (data) => product("notify", "", data) };
})();
