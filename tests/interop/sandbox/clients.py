"""Runs the vendors' own clients against the sandbox: `clients.py PATH_OF_DG`. Prints a line for each operation."""

import subprocess
import sys
import tempfile

failed = []


def attempt(client, operation, call, expected=None):
    """Does one operation; what it gives must be `expected`, if that is told."""
    try:
        found = call()
        good = expected is None or found == expected
        detail = "" if good else f"{found!r} in place of {expected!r}"
    except Exception as error:  # Whatever a client throws is a failure of this operation alone.
        good, detail = False, repr(error)[:300]
    print(f"{'ok  ' if good else 'FAIL'} {client}: {operation} {detail}".rstrip())
    if not good:
        failed.append(operation)


def stripe_client(base):
    import stripe

    stripe.api_key, stripe.api_base = "sk_test_sandbox", base + "/stripe"
    customer = stripe.Customer.create(email="ann@example.com", metadata={"crm": "x"})
    attempt("stripe", "Customer.retrieve", lambda: stripe.Customer.retrieve(customer.id).email, "ann@example.com")
    attempt("stripe", "Customer.list in pages", lambda: len(list(stripe.Customer.list(limit=1).auto_paging_iter())), 1)
    attempt("stripe", "Customer.modify", lambda: stripe.Customer.modify(customer.id, name="Ann").name, "Ann")
    intent = lambda: stripe.PaymentIntent.confirm(stripe.PaymentIntent.create(amount=100, currency="eur").id)
    attempt("stripe", "PaymentIntent.confirm", lambda: intent().status, "succeeded")
    price = lambda: stripe.Price.create(currency="eur", unit_amount=5, product=stripe.Product.create(name="Hat").id)
    attempt("stripe", "Product.create, Price.create", lambda: price().unit_amount, 5)
    items = [{"price": "price_1"}]
    attempt("stripe", "Subscription.create", lambda: stripe.Subscription.create(customer=customer.id, items=items).status, "active")
    invoice = lambda: stripe.Invoice.finalize_invoice(stripe.Invoice.create(customer=customer.id).id)
    attempt("stripe", "Invoice.finalize_invoice", lambda: invoice().status, "open")
    session = lambda: stripe.checkout.Session.create(mode="payment", line_items=items, success_url="https://example.com")
    attempt("stripe", "checkout.Session.create", lambda: session().status, "open")

    def refused():
        try:
            stripe.PaymentIntent.create(amount=1)
        except stripe.InvalidRequestError as error:
            return error.param

    attempt("stripe", "a missing parameter is named", refused, "currency")
    attempt("stripe", "Customer.delete", lambda: stripe.Customer.delete(customer.id).deleted, True)


def slack_client(base):
    from slack_sdk import WebClient
    from slack_sdk.errors import SlackApiError

    slack = WebClient(token="xoxb-sandbox", base_url=base + "/slack/api/")
    attempt("slack_sdk", "auth_test", lambda: slack.auth_test()["ok"], True)
    attempt("slack_sdk", "chat_postMessage", lambda: slack.chat_postMessage(channel="#general", text="Hi")["message"]["text"], "Hi")
    attempt("slack_sdk", "conversations_history", lambda: slack.conversations_history(channel="C0SANDBOX0")["messages"][0]["text"], "Hi")
    attempt("slack_sdk", "conversations_list", lambda: len(slack.conversations_list()["channels"]), 3)
    attempt("slack_sdk", "conversations_create", lambda: slack.conversations_create(name="deals")["channel"]["name"], "deals")
    attempt("slack_sdk", "users_lookupByEmail", lambda: slack.users_lookupByEmail(email="robin@example.com")["user"]["name"], "robin")

    def refused():
        try:
            slack.chat_postMessage(channel="general", text="")
        except SlackApiError as error:
            return error.response["error"]

    attempt("slack_sdk", "a message without a text", refused, "no_text")


def mailchimp_client(base):
    import mailchimp_marketing

    client = mailchimp_marketing.Client()
    client.set_config({"api_key": "sandbox-key-us6", "server": "us6"})
    for part in (client.lists, client.campaigns, client.ping, client.reports, client.templates, client.searchMembers, client.batches):
        part.api_client.host = base + "/mailchimp-api/3.0"
    audience, lists = "a1b2c3d4e5", client.lists
    person = {"email_address": "ann@example.com", "status": "subscribed", "status_if_new": "subscribed"}
    attempt("mailchimp", "ping.get", lambda: client.ping.get()["health_status"][:5], "Every")
    attempt("mailchimp", "lists.get_all_lists", lambda: lists.get_all_lists()["total_items"], 2)
    attempt("mailchimp", "lists.get_list", lambda: lists.get_list(audience)["name"], "Newsletter")
    attempt("mailchimp", "lists.add_list_member", lambda: lists.add_list_member(audience, person)["status"], "subscribed")
    attempt("mailchimp", "lists.set_list_member", lambda: lists.set_list_member(audience, "ann@example.com", person)["status"], "subscribed")
    attempt("mailchimp", "lists.update_list_member", lambda: lists.update_list_member(audience, "ann@example.com", {"merge_fields": {"FNAME": "Ann"}})["full_name"], "Ann")
    attempt("mailchimp", "lists.get_list_member", lambda: lists.get_list_member(audience, "ann@example.com")["email_address"], "ann@example.com")
    attempt("mailchimp", "lists.update_list_member_tags", lambda: lists.update_list_member_tags(audience, "ann@example.com", {"tags": [{"name": "CRM", "status": "active"}]}))
    attempt("mailchimp", "lists.get_list_merge_fields", lambda: lists.get_list_merge_fields(audience)["total_items"], 4)
    attempt("mailchimp", "lists.add_list_merge_field", lambda: lists.add_list_merge_field(audience, {"name": "Deal", "type": "text"})["tag"], "DEAL")
    attempt("mailchimp", "lists.create_segment", lambda: lists.create_segment(audience, {"name": "VIP", "static_segment": ["ann@example.com"]})["member_count"], 1)
    attempt("mailchimp", "lists.list_segments", lambda: lists.list_segments(audience)["total_items"], 1)
    many = {"members": [{"email_address": "bo@example.com", "status": "subscribed"}]}
    attempt("mailchimp", "lists.batch_list_members", lambda: lists.batch_list_members(audience, many)["total_created"], 1)
    attempt("mailchimp", "lists.delete_list_member", lambda: lists.delete_list_member(audience, "bo@example.com").status_code, 204)
    attempt("mailchimp", "searchMembers.search", lambda: client.searchMembers.search("ann@example.com")["exact_matches"]["total_items"], 1)
    attempt("mailchimp", "templates.create", lambda: client.templates.create({"name": "Plain", "html": "<p>"})["type"], "user")
    attempt("mailchimp", "templates.list", lambda: client.templates.list()["total_items"], 1)
    attempt("mailchimp", "campaigns.list", lambda: client.campaigns.list()["total_items"], 23)
    attempt("mailchimp", "reports.get_all_campaign_reports", lambda: client.reports.get_all_campaign_reports()["total_items"], 22)
    attempt("mailchimp", "batches.start", lambda: client.batches.start({"operations": []})["status"], "finished")


def dropbox_client(base):
    import dropbox
    from dropbox import dropbox_client as transport

    # The client takes no other address: its hosts are swapped, and every route keeps its path.
    plain = transport.create_session

    def session(*arguments, **options):
        made = plain(*arguments, **options)
        send = made.send

        def here(request, **settings):
            for host, place in (("api.dropboxapi.com", "dropbox-api"), ("content.dropboxapi.com", "dropbox-content")):
                request.url = request.url.replace(f"https://{host}", f"{base}/{place}")
            return send(request, **settings)

        made.send = here
        return made

    transport.create_session = session
    try:
        client = dropbox.Dropbox(oauth2_access_token="sandbox", session=session())
        content = b"hello, world"
        attempt("dropbox", "users_get_current_account", lambda: client.users_get_current_account().email, "robin@example.com")
        attempt("dropbox", "files_upload", lambda: client.files_upload(content, "/reports/march.txt").size, len(content))
        attempt("dropbox", "files_get_metadata", lambda: client.files_get_metadata("/reports/march.txt").name, "march.txt")
        attempt("dropbox", "files_download", lambda: client.files_download("/reports/march.txt")[1].content, content)
        attempt("dropbox", "files_list_folder", lambda: [entry.name for entry in client.files_list_folder("/reports").entries], ["march.txt"])
        again = lambda: client.files_upload(b"new", "/reports/march.txt", mode=dropbox.files.WriteMode.overwrite).size
        attempt("dropbox", "files_upload over it", again, 3)
        attempt("dropbox", "files_create_folder_v2", lambda: client.files_create_folder_v2("/offers").metadata.path_display, "/offers")
        copied = lambda: client.files_copy_v2("/reports/march.txt", "/offers/march.txt").metadata.path_display
        attempt("dropbox", "files_copy_v2", copied, "/offers/march.txt")
        moved = lambda: client.files_move_v2("/offers/march.txt", "/offers/april.txt").metadata.name
        attempt("dropbox", "files_move_v2", moved, "april.txt")
        found = lambda: [match.metadata.get_metadata().name for match in client.files_search_v2("april").matches]
        attempt("dropbox", "files_search_v2", found, ["april.txt"])
        linked = lambda: client.sharing_create_shared_link_with_settings("/reports/march.txt").url[:24]
        attempt("dropbox", "sharing_create_shared_link_with_settings", linked, "https://www.dropbox.com/")
        attempt("dropbox", "files_get_temporary_link", lambda: client.files_get_temporary_link("/reports/march.txt").metadata.name, "march.txt")
        attempt("dropbox", "files_delete_v2", lambda: client.files_delete_v2("/reports/march.txt").metadata.name, "march.txt")

        def missing():
            try:
                client.files_get_metadata("/reports/march.txt")
            except dropbox.exceptions.ApiError as error:
                return error.error.get_path().is_not_found()

        attempt("dropbox", "what is not there is an ApiError", missing, True)
    finally:
        transport.create_session = plain


def google_client(base):
    from google.oauth2.credentials import Credentials
    from googleapiclient.discovery import build
    from googleapiclient.errors import HttpError
    from googleapiclient.http import MediaInMemoryUpload

    here = base + "/google-api"

    def service(name, version):
        # The descriptions of the APIs come with the client; only the address is another one.
        made = build(name, version, credentials=Credentials("sandbox"), static_discovery=True, cache_discovery=False)
        made._baseUrl = here + "/" + made._baseUrl.split("/", 3)[3]
        made._rootDesc["rootUrl"] = here + "/"
        return made

    calendar = service("calendar", "v3")
    attempt("google calendar", "calendarList.list", lambda: calendar.calendarList().list().execute()["items"][0]["primary"], True)
    at = lambda hour: {"dateTime": f"2030-01-31T{hour}:00:00Z"}
    event = calendar.events().insert(calendarId="primary", body={"summary": "Call", "start": at(10), "end": at(11)}).execute()
    attempt("google calendar", "events.insert", lambda: event["status"], "confirmed")
    attempt("google calendar", "events.get", lambda: calendar.events().get(calendarId="primary", eventId=event["id"]).execute()["summary"], "Call")
    changed = lambda: calendar.events().patch(calendarId="primary", eventId=event["id"], body={"summary": "Talk"}).execute()["summary"]
    attempt("google calendar", "events.patch", changed, "Talk")
    attempt("google calendar", "events.list", lambda: len(calendar.events().list(calendarId="primary").execute()["items"]), 1)
    attempt("google calendar", "events.delete", lambda: calendar.events().delete(calendarId="primary", eventId=event["id"]).execute(), "")

    drive = service("drive", "v3")
    attempt("google drive", "about.get", lambda: drive.about().get(fields="user").execute()["user"]["displayName"], "Robin")
    note = lambda: MediaInMemoryUpload(b"hello", mimetype="text/plain")

    def uploaded():
        request = drive.files().create(body={"name": "note.txt"}, media_body=note())
        request.uri = request.uri.replace("https://www.googleapis.com", here)
        return request.execute()

    file = uploaded()
    attempt("google drive", "files.create with content", lambda: file["name"], "note.txt")
    attempt("google drive", "files.get_media", lambda: drive.files().get_media(fileId=file["id"]).execute(), b"hello")
    attempt("google drive", "files.list", lambda: len(drive.files().list(q="name = 'note.txt'").execute()["files"]), 1)
    attempt("google drive", "files.update", lambda: drive.files().update(fileId=file["id"], body={"name": "b.txt"}).execute()["name"], "b.txt")
    attempt("google drive", "files.copy", lambda: drive.files().copy(fileId=file["id"], body={"name": "c.txt"}).execute()["name"], "c.txt")
    shared = lambda: drive.permissions().create(fileId=file["id"], body={"type": "anyone", "role": "reader"}).execute()["role"]
    attempt("google drive", "permissions.create", shared, "reader")
    attempt("google drive", "files.delete", lambda: drive.files().delete(fileId=file["id"]).execute(), "")

    def missing():
        try:
            drive.files().get(fileId="nothing").execute()
        except HttpError as error:
            return error.resp.status

    attempt("google drive", "what is not there is an HttpError", missing, 404)
    sheets = service("sheets", "v4")
    book = sheets.spreadsheets().create(body={"properties": {"title": "Sales"}}).execute()["spreadsheetId"]
    values = sheets.spreadsheets().values()
    rows = lambda: values.append(spreadsheetId=book, range="Sheet1!A1", valueInputOption="RAW", body={"values": [["Ann", 7]]}).execute()
    attempt("google sheets", "values.append", lambda: rows()["updates"]["updatedRows"], 1)
    attempt("google sheets", "values.get", lambda: values.get(spreadsheetId=book, range="Sheet1!A1:B9").execute()["values"][0][0], "Ann")


def openai_client(base):
    from openai import OpenAI

    client = OpenAI(api_key="any", base_url=base + "/openai/v1")
    said = [{"role": "user", "content": "Hi"}]
    chat = lambda: client.chat.completions.create(model="any", messages=said).choices[0].message.content
    attempt("openai", "chat.completions.create", chat, "The sandbox answers: Hi")
    attempt("openai", "embeddings.create", lambda: len(client.embeddings.create(model="any", input=["a"], encoding_format="float").data), 1)
    attempt("openai", "models.list", lambda: len(client.models.list().data), 1)


def zoho_client(base):
    from zohocrmsdk.src.com.zoho.api.authenticator.oauth_token import OAuthToken
    from zohocrmsdk.src.com.zoho.api.authenticator.store import FileStore
    from zohocrmsdk.src.com.zoho.api.logger import Logger
    from zohocrmsdk.src.com.zoho.crm.api import HeaderMap, ParameterMap
    from zohocrmsdk.src.com.zoho.crm.api.coql import BodyWrapper as Query
    from zohocrmsdk.src.com.zoho.crm.api.coql import CoqlOperations
    from zohocrmsdk.src.com.zoho.crm.api.dc.data_center import DataCenter
    from zohocrmsdk.src.com.zoho.crm.api.fields import FieldsOperations, GetFieldsParam
    from zohocrmsdk.src.com.zoho.crm.api.initializer import Initializer
    from zohocrmsdk.src.com.zoho.crm.api.modules import ModulesOperations
    from zohocrmsdk.src.com.zoho.crm.api.org import OrgOperations
    from zohocrmsdk.src.com.zoho.crm.api.record import BodyWrapper, Field, GetRecordsParam, Record, RecordOperations, SearchRecordsParam
    from zohocrmsdk.src.com.zoho.crm.api.sdk_config import SDKConfig
    from zohocrmsdk.src.com.zoho.crm.api.users import UsersOperations

    place = tempfile.mkdtemp()
    Initializer.initialize(
        # A data centre of its own: the sandbox.
        environment=DataCenter.Environment(base + "/zoho-api/us", base + "/zoho-accounts/us/oauth/v2/token", base + "/zoho-api/us"),
        token=OAuthToken(access_token="made-up"),
        store=FileStore(place + "/tokens"),
        sdk_config=SDKConfig(auto_refresh_fields=False, pick_list_validation=False),
        resource_path=place,
        logger=Logger.get_instance(level=Logger.Levels.ERROR, file_path=place + "/log"),
    )
    leads, none = RecordOperations("Leads"), HeaderMap()

    def asked(*pairs):
        parameters = ParameterMap()
        for name, value in pairs:
            parameters.add(name, value)
        return parameters

    def body(**fields):
        record, wrapper = Record(), BodyWrapper()
        for name, value in fields.items():
            record.add_field_value(getattr(Field.Leads, name)(), value)
        wrapper.set_data([record])
        return wrapper

    def ids(response):
        return [record.get_id() for record in response.get_object().get_data()]

    def code(response):
        return response.get_object().get_data()[0].get_code().get_value()

    some = lambda: asked((GetRecordsParam.fields, "Last_Name,Email,Owner"), (GetRecordsParam.per_page, 3))
    attempt("zohocrmsdk", "get_records", lambda: ids(leads.get_records(some(), none)), [1001, 1002, 1003])
    attempt("zohocrmsdk", "get_record", lambda: ids(leads.get_record(1001, ParameterMap(), none)), [1001])
    attempt("zohocrmsdk", "create_records", lambda: code(leads.create_records(body(last_name="Ito", email="ito@example.com"), none)), "SUCCESS")
    attempt("zohocrmsdk", "update_record", lambda: code(leads.update_record(1002, body(company="New"), none)), "SUCCESS")
    by_email = lambda: asked((SearchRecordsParam.email, "ada.lindqvist@example.com"))
    attempt("zohocrmsdk", "search_records", lambda: ids(leads.search_records(by_email(), none)), [1001])
    attempt("zohocrmsdk", "delete_record", lambda: code(leads.delete_record(1012, ParameterMap(), none)), "SUCCESS")
    user = lambda: UsersOperations().get_users(ParameterMap(), none).get_object().get_users()[0]
    attempt("zohocrmsdk", "get_users", lambda: user().get_full_name(), "Robin")
    modules = lambda: ModulesOperations().get_modules(ParameterMap(), none).get_object().get_modules()
    attempt("zohocrmsdk", "get_modules", lambda: len(modules()) >= 20, True)
    fields = lambda: FieldsOperations().get_fields(asked((GetFieldsParam.module, "Deals"))).get_object().get_fields()
    attempt("zohocrmsdk", "get_fields", lambda: any(field.get_api_name() == "Stage" for field in fields()), True)
    organization = lambda: OrgOperations().get_organization().get_object().get_org()[0]
    attempt("zohocrmsdk", "get_organization", lambda: organization().get_company_name(), "Sandbox")

    def query():
        wrapper = Query()
        wrapper.set_select_query("select Last_Name from Leads where Lead_Source = 'Partner' limit 2")
        return ids(CoqlOperations().get_records(wrapper))

    attempt("zohocrmsdk", "coql", query, [1003, 1006])


def main():
    sandbox = subprocess.Popen([sys.argv[1], "sandbox", "--lenient", "1"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        base = sandbox.stdout.readline().strip()
        for client in (zoho_client, mailchimp_client, stripe_client, slack_client, dropbox_client, google_client, openai_client):
            try:
                client(base)
            except Exception as error:
                print(f"FAIL {client.__name__}: {error!r}")
                failed.append(client.__name__)
    finally:
        sandbox.kill()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
