//! Campaigns that were sent, and their reports.

use axum::extract::{Path, RawQuery, State};
use axum::response::Response;
use md5::{Digest, Md5};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{collection, error};
use crate::http::{Pairs, json};
use crate::world::Ctx;

/// A campaign with what became of each mail.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Campaign {
    id: String,
    title: String,
    subject: String,
    /// `sent`, `save` (a draft) or `schedule`.
    status: String,
    list_id: String,
    #[serde(default)]
    send_time: String,
    #[serde(default)]
    recipients: Vec<Recipient>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Recipient {
    email: String,
    #[serde(default)]
    opens: u32,
    #[serde(default)]
    clicks: u32,
    #[serde(default)]
    bounced: bool,
    #[serde(default)]
    unsubscribed: bool,
}

impl Campaign {
    fn count(&self, is: impl Fn(&Recipient) -> bool) -> usize {
        self.recipients.iter().filter(|recipient| is(recipient)).count()
    }

    fn sum(&self, of: impl Fn(&Recipient) -> u32) -> u32 {
        self.recipients.iter().map(of).sum()
    }

    fn rate(&self, part: usize) -> f64 {
        let delivered = self.count(|recipient| !recipient.bounced);
        if delivered == 0 { 0.0 } else { part as f64 / delivered as f64 }
    }

    fn describe(&self) -> Value {
        let mut body = json!({
            "id": self.id,
            "web_id": 1,
            "type": "regular",
            "create_time": self.send_time,
            "status": self.status,
            "emails_sent": self.recipients.len(),
            "send_time": self.send_time,
            "content_type": "template",
            "recipients": { "list_id": self.list_id, "recipient_count": self.recipients.len() },
            "settings": { "title": self.title, "subject_line": self.subject, "from_name": "Sandbox" },
        });
        if self.status == "sent" {
            let opened = self.count(|recipient| recipient.opens > 0);
            let clicked = self.count(|recipient| recipient.clicks > 0);
            body["report_summary"] = json!({
                "opens": self.sum(|recipient| recipient.opens),
                "unique_opens": opened,
                "open_rate": self.rate(opened),
                "clicks": self.sum(|recipient| recipient.clicks),
                "subscriber_clicks": clicked,
                "click_rate": self.rate(clicked),
            });
        }
        body
    }

    fn report(&self) -> Value {
        let opened = self.count(|recipient| recipient.opens > 0);
        let clicked = self.count(|recipient| recipient.clicks > 0);
        json!({
            "id": self.id,
            "campaign_title": self.title,
            "type": "regular",
            "list_id": self.list_id,
            "subject_line": self.subject,
            "emails_sent": self.recipients.len(),
            "abuse_reports": 0,
            "unsubscribed": self.count(|recipient| recipient.unsubscribed),
            "send_time": self.send_time,
            "bounces": { "hard_bounces": self.count(|recipient| recipient.bounced), "soft_bounces": 0, "syntax_errors": 0 },
            "opens": {
                "opens_total": self.sum(|recipient| recipient.opens),
                "unique_opens": opened,
                "open_rate": self.rate(opened),
            },
            "clicks": {
                "clicks_total": self.sum(|recipient| recipient.clicks),
                "unique_subscriber_clicks": clicked,
                "click_rate": self.rate(clicked),
            },
        })
    }
}

impl Recipient {
    fn describe(&self, campaign: &Campaign) -> Value {
        let id: String = Md5::digest(self.email.to_lowercase()).iter().map(|byte| format!("{byte:02x}")).collect();
        json!({
            "email_id": id,
            "email_address": self.email,
            "status": if self.bounced { "hard" } else { "sent" },
            "open_count": self.opens,
            "campaign_id": campaign.id,
            "list_id": campaign.list_id,
        })
    }
}

/// `?status=sent&sort_field=send_time&sort_dir=DESC&offset=…&count=…`
pub(super) async fn campaigns(State(ctx): State<Ctx>, RawQuery(query): RawQuery) -> Response {
    let query = Pairs::parse(&query.unwrap_or_default());
    let world = ctx.world();
    let wanted = |campaign: &&Campaign| query.get("status").is_none_or(|status| status == campaign.status);
    let mut campaigns: Vec<&Campaign> = world.mailchimp.campaigns.iter().filter(wanted).collect();
    if query.get("sort_field").is_some_and(|field| matches!(field, "send_time" | "create_time")) {
        campaigns.sort_by(|a, b| a.send_time.cmp(&b.send_time));
        if query.text("sort_dir").eq_ignore_ascii_case("desc") {
            campaigns.reverse();
        }
    }
    let campaigns: Vec<Value> = campaigns.into_iter().map(Campaign::describe).collect();
    json(200, collection("campaigns", &campaigns, &query))
}

pub(super) async fn campaign(State(ctx): State<Ctx>, Path(id): Path<String>) -> Response {
    let world = ctx.world();
    let campaign = world.mailchimp.campaigns.iter().find(|campaign| campaign.id == id);
    campaign.map_or_else(|| error(404), |campaign| json(200, campaign.describe()))
}

pub(super) async fn reports(State(ctx): State<Ctx>, RawQuery(query): RawQuery) -> Response {
    let query = Pairs::parse(&query.unwrap_or_default());
    let world = ctx.world();
    let sent = world.mailchimp.campaigns.iter().filter(|campaign| campaign.status == "sent");
    let reports: Vec<Value> = sent.map(Campaign::report).collect();
    json(200, collection("reports", &reports, &query))
}

pub(super) async fn report(State(ctx): State<Ctx>, Path(id): Path<String>) -> Response {
    let world = ctx.world();
    let sent = |campaign: &&Campaign| campaign.id == id && campaign.status == "sent";
    let campaign = world.mailchimp.campaigns.iter().find(sent);
    campaign.map_or_else(|| error(404), |campaign| json(200, campaign.report()))
}

/// Whom a campaign was sent to, and how often each opened it.
pub(super) async fn sent_to(
    State(ctx): State<Ctx>,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Response> {
    let query = Pairs::parse(&query.unwrap_or_default());
    let world = ctx.world();
    let campaign = world.mailchimp.campaigns.iter().find(|campaign| campaign.id == id).ok_or_else(|| error(404))?;
    let recipients: Vec<Value> = campaign.recipients.iter().map(|recipient| recipient.describe(campaign)).collect();
    let mut body = collection("sent_to", &recipients, &query);
    body.insert("campaign_id".into(), id.into());
    Ok(json(200, body))
}
