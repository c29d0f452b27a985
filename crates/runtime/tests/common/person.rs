//! A person at a browser, played by the test.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use rainwright_connections::Secret;
use rainwright_diagnostic::{Code, Problem};
use rainwright_runtime::connect::{Question, Ui};
use rainwright_runtime::http::Wire;

/// Answers questions from a list, and opens pages by fetching them.
#[derive(Default)]
pub struct Person {
    pub answers: HashMap<&'static str, String>,
    pub asked: Mutex<Vec<String>>,
    pub told: Mutex<Vec<String>>,
    pub opened: Mutex<Vec<String>>,
    /// What the browser shows at the end.
    pub pages: Arc<Mutex<Vec<String>>>,
    /// Whether the browser stays closed.
    pub away: bool,
}

impl Person {
    pub fn knowing(answers: &[(&'static str, &str)]) -> Arc<Self> {
        Arc::new(Self { answers: answers.iter().map(|(k, v)| (*k, (*v).to_owned())).collect(), ..Self::default() })
    }

    pub fn client() -> Arc<Self> {
        Self::knowing(&[("client_id", "client"), ("client_secret", "client-SECRETMARKER")])
    }
}

impl Ui for Person {
    fn ask(&self, question: &Question) -> Result<Secret, Problem> {
        self.asked.lock().unwrap().push(question.name.clone());
        let answer = self.answers.get(question.name.as_str());
        answer
            .cloned()
            .map(Secret::new)
            .ok_or_else(|| Problem::new(Code::BadRequest, format!("nobody knows {}", question.name)))
    }

    fn open(&self, url: &str) -> Result<(), Problem> {
        self.opened.lock().unwrap().push(url.to_owned());
        if !self.away {
            let (url, pages) = (url.to_owned(), Arc::clone(&self.pages));
            tokio::runtime::Handle::current().spawn(async move {
                let page = super::local_http().send(Wire::new("GET", &url).unwrap()).await;
                pages
                    .lock()
                    .unwrap()
                    .push(page.map_or_else(|p| p.message, |a| String::from_utf8_lossy(&a.body).into_owned()));
            });
        }
        Ok(())
    }

    fn tell(&self, line: &str) {
        self.told.lock().unwrap().push(line.to_owned());
    }
}
