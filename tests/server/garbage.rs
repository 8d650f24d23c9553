//! Whatever is sent, the answer is a clear refusal in the shape of its protocol: no 5xx,
//! no panic, no word from the inside (SECURITY.md 8.1). The dice are seeded;
//! `TEST_GARBAGE=50` throws fifty times as often.
use std::collections::BTreeSet;

use reqwest::{Client, Method, redirect::Policy};
use serde_json::{Map, Value};

use super::dice::Dice;
use crate::{
    api::{Api, STAFF},
    harness::{App, BOT, Browser, EMILY, JOHN, Page, Server},
};

pub(super) const ORG: &str = "7d1f0a52-3a3c-7f0e-9a4e-6f3d9b1c0001";
/// What nobody outside should ever read.
const INSIDE: [&str; 9] = [
    "sqlx",
    "SELECT ",
    "INSERT ",
    "constraint",
    "panicked",
    ".rs:",
    "tutela::",
    "/home/",
    "argon2",
];
fn rounds() -> usize {
    let times = std::env::var("TEST_GARBAGE").ok();
    times.map_or(1, |times| times.parse().unwrap())
}

fn shows_nothing(what: &str, status: u16, body: &str) {
    assert!(status < 500, "{what}: {status} {body}");
    if status >= 400 {
        for word in INSIDE {
            assert!(!body.contains(word), "{what}: {word} in {body}");
        }
    }
}

/// A route of the API as its own description has it.
struct Route {
    method: Method,
    path: String,
    fields: Vec<String>,
}

async fn routes(server: &Server) -> Vec<Route> {
    let url = format!("{}/api/openapi.json", server.url);
    let text = reqwest::get(url).await.unwrap().text().await.unwrap();
    let document: Value = serde_json::from_str(&text).unwrap();
    let mut routes = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let Ok(method) = method.to_uppercase().parse() else {
                continue;
            };
            let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
            let name = schema["$ref"].as_str().and_then(|r| r.rsplit('/').next());
            let fields = &document["components"]["schemas"][name.unwrap_or("-")]["properties"];
            let fields = fields.as_object().map(Map::keys).into_iter().flatten();
            routes.push(Route {
                method,
                path: path.clone(),
                fields: fields.cloned().collect(),
            });
        }
    }
    assert!(routes.len() > 60, "{}", routes.len());
    routes
}

/// The path with something in each of its places.
fn filled(path: &str, dice: &mut Dice) -> String {
    let mut filled = String::new();
    for part in path.split('/').skip(1) {
        filled.push('/');
        if !part.starts_with('{') {
            filled.push_str(part);
            continue;
        }
        let id = match (part, dice.below(3)) {
            ("{org}", 0 | 1) => ORG.to_owned(),
            (_, 0) => dice.of(&[JOHN, EMILY, BOT, ORG]).to_owned(),
            (_, 1) => "7d1f0a52-3a3c-7f0e-9a4e-6f3d9b1cffff".to_owned(),
            _ => dice.text(),
        };
        let encoded: String = form_urlencoded::byte_serialize(id.as_bytes()).collect();
        filled.push_str(&encoded.replace('+', "%20"));
    }
    filled
}

/// A query with these fields.
fn asked(fields: &[(&str, String)]) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(fields).finish()
}

fn body(route: &Route, dice: &mut Dice) -> Vec<u8> {
    match dice.below(10) {
        0 => vec![0xff, 0xfe, b'{', 0],
        1 => b"{\"a\":".to_vec(),
        2 => "[".repeat(2000).into_bytes(),
        3 => dice.value(0).to_string().into_bytes(),
        _ => {
            let fields = route.fields.iter().filter_map(|field| {
                let value = dice.value(0);
                (dice.below(5) > 0).then(|| (field.clone(), value))
            });
            Value::Object(fields.collect()).to_string().into_bytes()
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_api_answers_garbage_with_a_problem() {
    let server = Server::spawn().await;
    server.apply(STAFF).await;
    let everything = "openid org:read org:write users:read users:write consumers:read \
        consumers:write guardianships:read guardianships:write audit:read hcp:read hcp:write";
    let everything = everything.split_whitespace().collect::<Vec<_>>().join(" ");
    let olga = Api::console(&server, "olga@example.test", &everything).await;
    let john = Api::person(&server, "john@example.test", JOHN).await;
    let tokens = [None, Some("x.y.z"), Some(olga.token()), Some(john.token())];
    let (http, mut dice) = (Client::new(), Dice(1));
    for route in routes(&server).await {
        for _ in 0..6 * rounds() {
            let path = filled(&route.path, &mut dice);
            let names = ["limit", "cursor", "q", "type", "status", "at", "sort"];
            let query = (0..dice.below(4)).map(|_| (dice.of(&names), dice.text()));
            let query = asked(&query.collect::<Vec<_>>());
            let url = format!("{}{path}?{query}", server.url);
            let mut request = http.request(route.method.clone(), url);
            if let Some(token) = tokens[dice.below(tokens.len())] {
                request = request.bearer_auth(token);
            }
            if route.method != Method::GET {
                let kinds = [
                    "application/json",
                    "application/json; charset=utf-16",
                    "text/plain",
                    "",
                ];
                let kind = kinds[dice.below(12).min(3) * usize::from(dice.below(3) == 0)];
                request = request
                    .header("content-type", kind)
                    .body(body(&route, &mut dice));
                if dice.below(3) == 0 {
                    request =
                        request.header("if-match", dice.of(&["*", "\"x\"", "W/\"1\"", ",,,"]));
                }
            }
            let what = format!("{} {path}", route.method);
            let answer = request.send().await.unwrap();
            let status = answer.status().as_u16();
            let kind = answer.headers().get("content-type").cloned();
            let text = answer.text().await.unwrap();
            shows_nothing(&what, status, &text);
            if status >= 400 {
                assert_eq!(kind.unwrap(), "application/problem+json", "{what}");
                let problem: Value = serde_json::from_str(&text).unwrap();
                assert!(problem["code"].is_string(), "{what}: {text}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_protocol_answers_garbage_with_its_own_errors() {
    const NAMES: [&str; 26] = [
        "grant_type",
        "code",
        "redirect_uri",
        "code_verifier",
        "client_id",
        "client_secret",
        "client_assertion",
        "client_assertion_type",
        "refresh_token",
        "scope",
        "resource",
        "subject_token",
        "subject_token_type",
        "actor_token",
        "actor_token_type",
        "token",
        "token_type_hint",
        "response_type",
        "state",
        "nonce",
        "prompt",
        "max_age",
        "claims",
        "id_token_hint",
        "request",
        "request_uri",
    ];
    const VALUES: [&str; 14] = [
        "authorization_code",
        "refresh_token",
        "client_credentials",
        "family-app",
        "web-portal",
        "urn:ietf:params:oauth:grant-type:token-exchange",
        "http://127.0.0.1:7001/callback",
        "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "openid patient/*.rs",
        "urn:tutela:token-type:subject",
        "code",
        "none",
        "{\"id_token\":{\"sub\":1}}",
        "eyJhbGciOiJub25lIn0.e30.",
    ];
    let server = Server::spawn().await;
    let http = Client::builder().redirect(Policy::none()).build().unwrap();
    let mut dice = Dice(2);
    let app = App::family(&server);
    for n in 0..400 * rounds() {
        let back = ["/token", "/introspect", "/revoke", "/userinfo"];
        let front = ["/authorize", "/logout"];
        let path = if n % 2 == 0 {
            dice.of(&back)
        } else {
            dice.of(&front)
        };
        let mut fields: Vec<(&str, String)> = Vec::new();
        for _ in 0..dice.below(7) {
            let value = match dice.below(3) {
                0 => dice.text(),
                _ => dice.of(&VALUES).to_owned(),
            };
            fields.push((dice.of(&NAMES), value));
        }
        let url = format!("{}{path}", server.url);
        let request = match (path, dice.below(3)) {
            ("/authorize", 0) => {
                let (name, value) = (dice.of(&NAMES), dice.text());
                http.get(format!(
                    "{}{}",
                    server.url,
                    app.authorize("openid", &[(name, &value)])
                ))
            }
            ("/authorize" | "/logout", 1) => http.get(format!("{url}?{}", asked(&fields))),
            _ => http.post(url).form(&fields),
        };
        let request = match dice.below(5) {
            0 => request.header(
                "authorization",
                dice.of(&[
                    "Basic",
                    "Basic !!",
                    "Bearer",
                    "Bearer a b",
                    "Digest x",
                    "Basic /v8=",
                ]),
            ),
            1 => request.basic_auth(BOT, Some(dice.text())),
            2 => request.bearer_auth("x.y.z"),
            _ => request,
        };
        let what = format!("{path} {fields:?}");
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        let headers = answer.headers().clone();
        let text = answer.text().await.unwrap();
        shows_nothing(&what, status, &text);
        if status >= 400 && matches!(path, "/token" | "/introspect" | "/revoke") {
            let error: Value =
                serde_json::from_str(&text).unwrap_or_else(|_| panic!("{what}: {text}"));
            assert!(error["error"].is_string(), "{what}");
            assert_eq!(headers["cache-control"], "no-store", "{what}");
        }
        if let Some(to) = headers.get("location").map(|to| to.to_str().unwrap()) {
            let ours = to.starts_with('/') || to.starts_with(&server.url);
            assert!(
                ours || to.starts_with("http://127.0.0.1:700"),
                "{what} leads to {to}"
            );
        }
    }
}

/// The names of the fields and buttons of a page.
fn names(page: &Page) -> BTreeSet<String> {
    let names = page.body.split(" name=\"").skip(1);
    let names = names.filter_map(|rest| rest.split('"').next().map(str::to_owned));
    names
        .filter(|name| name != "csrf" && name != "viewport")
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_that_links_lead_to_is_there_and_takes_garbage_calmly() {
    let server = Server::spawn().await;
    server.apply(STAFF).await;
    let mut dice = Dice(3);
    for who in [
        "olga@example.test",
        "john@example.test",
        "carl@example.test",
    ] {
        let browser = Browser::new(&server.url);
        let page = browser.open("/sign-in").await;
        browser.sign_in(&page, who).await;
        let mut waiting: Vec<String> = ["/account", "/admin"].map(str::to_owned).to_vec();
        let mut seen = BTreeSet::new();
        let mut forms = Vec::new();
        while let Some(path) = waiting.pop() {
            let shape = path.split('?').next().unwrap().to_owned();
            if seen.len() > 120 || !seen.insert(shape) {
                continue;
            }
            let page = browser.open(&path).await;
            shows_nothing(&path, page.status, &page.body);
            // Where a form leads need not be a page.
            assert!(
                matches!(page.status, 200 | 303 | 403 | 405),
                "{who} {path} {}",
                page.status
            );
            waiting.extend(page.links());
            if page.has("name=\"csrf\"") {
                forms.push(page);
            }
        }
        assert!(seen.len() > 5, "{who} {seen:?}");
        for page in forms {
            let csrf = page.attribute("name=\"csrf\"", "value");
            let mut fields = vec![("csrf".to_owned(), csrf)];
            fields.extend(names(&page).into_iter().map(|name| (name, dice.text())));
            let fields: Vec<_> = fields
                .iter()
                .map(|(n, v)| (n.as_str(), v.as_str()))
                .collect();
            let mut targets = page.links();
            targets.insert(page.url.path().to_owned());
            for target in targets {
                let answer = browser.post(&target, &fields).await;
                shows_nothing(
                    &format!("{who} posts to {target}"),
                    answer.status,
                    &answer.body,
                );
            }
        }
    }
}
