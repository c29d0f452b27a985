//! Tasks that have no address: they run inside of Zoho, and their pages show what they answer. A guess about a text or a place
//! is not to be had here, so the answers have the right shape and plain values.

use serde_json::{Value, json};

use crate::makeup::Dice;

/// Coordinates that geocoding finds, far enough from each other.
const PLACES: &[(&str, &str)] = &[("51.92442", "4.477733"), ("41.150230", "-8.629000"), ("30.267153", "-97.743061")];

/// What a task answers; `None` for one whose answer is not documented.
pub(crate) fn answer(task: &str, arguments: &Value) -> Option<Value> {
    let text = |key: &str| arguments[key].as_str().unwrap_or_default().trim().to_owned();
    Some(match task {
        "zoho.map.geocode" => match text("address").as_str() {
            "" => json!({ "error": "unable to geocode", "status": "failure" }),
            address => {
                let (latitude, longitude) = Dice::new(0, &[address]).pick("place", PLACES)?;
                json!({ "latitude": latitude, "longitude": longitude, "status": "success" })
            }
        },
        "zoho.map.reverseGeocode" => json!({
            "country": "Netherlands",
            "country_code": "nl",
            "address": "12 Mill Lane, Centrum, Rotterdam, Zuid-Holland, 3011, Netherlands",
            "road": "Mill Lane",
            "state_district": "Rotterdam",
            "neighbourhood": "Centrum",
            "postcode": "3011",
            "suburb": "Centrum",
            "state": "Zuid-Holland",
            "village": "Rotterdam",
            "building": "12",
            "status": "success",
        }),
        "zoho.ai.analyseSentiment" => match text("text").as_str() {
            // The space is Zoho's.
            "" => json!({ "Error Message ": "FAILED" }),
            _ => json!({
                "Prediction": "Neutral",
                "Probability": { "Neutral": "80%", "Negative": "10%", "Positive": "10%" },
            }),
        },
        "zoho.ai.predictLanguage" => match text("text").as_str() {
            "" => json!({ "message": "EMPTY_VALUE_NOT_ALLOWED", "status": 400 }),
            sentence => json!({
                "data": { "items": [{ "predictionProbabilities": { "en": 0.99 }, "queryValue": sentence }] },
                "message": "OK",
                "status": 200,
            }),
        },
        "zoho.ai.translate" => {
            let source = text("source_language");
            let target = text("target_language");
            json!({
                "source_language": if source.is_empty() { "en" } else { &source },
                "status": { "code": 200, "message": "success" },
                "target_language": target,
                "translation": [{ "source": text("text"), "translate": format!("[{target}] {}", text("text")) }],
            })
        }
        _ => return None,
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde_json::json;

    use super::answer;

    #[test]
    fn answers_have_the_shape_of_their_pages() {
        let place = answer("zoho.map.geocode", &json!({ "address": "1 Market Street" })).unwrap();
        assert!(place["latitude"].as_str().is_some_and(|text| text.parse::<f64>().is_ok()), "{place}");
        assert_eq!(answer("zoho.map.geocode", &json!({})).unwrap()["status"], "failure");
        let german = answer("zoho.ai.translate", &json!({ "text": "Hello", "target_language": "de" })).unwrap();
        assert_eq!(german["translation"][0]["translate"], "[de] Hello");
        assert_eq!(answer("zoho.ai.predictLanguage", &json!({ "text": " " })).unwrap()["status"], 400);
        assert!(answer("zoho.ai.detectFace", &json!({})).is_none());
    }
}
