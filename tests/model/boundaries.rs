//! The moments at which a dependent's age changes what others may do: right in every time zone,
//! and nothing that was delegated lives beyond them (section 3; T-01, N-02).
use jiff::{
    Timestamp as Instant,
    civil::{Date, date},
    tz::TimeZone,
};
use serde_json::json;
use tutela::{
    audit::Doer,
    clock::Timestamp,
    guardianship::{self, NewDependent, Relationship, majority_at},
    organizations::Settings,
};

use super::{
    CLINIC,
    deeds::{clinic, staff},
};
use crate::{
    api::Api,
    exchange::{ACCESS_TOKEN, SUBJECT},
    harness::{App, Browser, Page, Server, Tokens, claims},
};

const ADA: &str = "7d1f0a52-3a3c-7f0e-9a4e-6f3d9b1c0c01";
const SCOPE: &str = "openid offline_access account launch/patient patient/*.rs";
const QUARTER: i64 = 15 * 60;

/// The first second at which the calendar there shows `day`, or a later one: found by looking at
/// it again and again.
fn first_of(zone: &TimeZone, day: Date) -> i64 {
    let is_there = |second: i64| zone.to_datetime(Instant::new(second, 0).unwrap()).date() >= day;
    let midnight = day.at(0, 0, 0, 0).to_zoned(TimeZone::UTC).unwrap();
    let mut late = midnight.timestamp().as_second() - 27 * 3600;
    while !is_there(late) {
        late += QUARTER;
    }
    let mut early = late - QUARTER;
    while late - early > 1 {
        let middle = early + (late - early) / 2;
        match is_there(middle) {
            true => late = middle,
            false => early = middle,
        }
    }
    late
}

/// Days on which the clocks there change, in the years in which today's children come of age.
fn days_of_change(zone: &TimeZone) -> Vec<Date> {
    let [first, last] = [date(2018, 1, 1), date(2046, 1, 1)]
        .map(|day| day.to_zoned(TimeZone::UTC).unwrap().timestamp());
    let changes = zone.following(first).take_while(|t| t.timestamp() < last);
    // The day before as well: the clocks may change at its very end.
    let days = changes.map(|change| zone.to_datetime(change.timestamp()).date());
    days.flat_map(|day| [day.yesterday().unwrap(), day])
        .collect()
}

#[test]
fn everybody_comes_of_age_at_the_first_moment_of_the_birthday_in_every_time_zone() {
    let names: Vec<String> = jiff::tz::db().available().map(|n| n.to_string()).collect();
    let mut zones = 0;
    for name in &names {
        let Ok(time_zone) = name.parse() else {
            continue; // not a place, such as "Factory"
        };
        zones += 1;
        let settings = Settings {
            time_zone,
            ..Settings::default()
        };
        let zone = TimeZone::get(name).unwrap();
        let mut days = vec![
            date(2036, 1, 1),
            date(2036, 12, 31),
            date(2036, 2, 29), // born in a leap year, of age in one: no birth date has this
            date(2011, 12, 30), // a day that Samoa left out
        ];
        days.extend(days_of_change(&zone));
        for day in days {
            let Ok(born) = Date::new(day.year() - 18, day.month(), day.day()) else {
                continue;
            };
            let at = majority_at(born, &settings).unwrap();
            assert_eq!(at.seconds(), first_of(&zone, day), "{name} {day}");
        }
        // Born on 29 February: on the 28th of a common year.
        let at = majority_at(date(2020, 2, 29), &settings).unwrap();
        assert_eq!(at.seconds(), first_of(&zone, date(2038, 2, 28)), "{name}");
    }
    assert!(zones > 400, "{zones} of {}", names.len());
}

/// What somebody holds by which he acts for a child.
struct Held {
    tokens: Tokens,
    code: String,
    exchanged: Tokens,
    for_api: Tokens,
}

struct Family {
    server: Server,
    app: App,
    zone: TimeZone,
    browser: Browser,
    child: String,
}

impl Family {
    async fn begin(zone: &str, born: Date) -> Self {
        let server = Server::spawn().await;
        let settings = format!("time_zone = \"{zone}\"");
        let text = CLINIC
            .replace("SETTINGS", &settings)
            .replace(
                " offline_access introspect",
                " offline_access account introspect",
            )
            .replace("/r4\"]", "/r4\", \"self\"]");
        server.apply(&text).await;
        let ada = ADA.parse().unwrap();
        let new = NewDependent {
            given_name: "Eve".to_owned(),
            family_name: "One".to_owned(),
            birth_date: born,
            relationship: Relationship::Mother,
            patient_id: Some("pat-eve".to_owned()),
        };
        let mut tx = server.write().await;
        let org = clinic(&mut tx).await;
        let doer = Doer::Machine("import".to_owned());
        let added =
            guardianship::add_dependent(&mut tx, &server.notices(), &org, ada, new, &doer).await;
        let child = added.unwrap().unwrap().dependent.to_string();
        tx.commit().await.unwrap();
        Self {
            app: App::trusted(&server, "hub-app"),
            zone: TimeZone::get(zone).unwrap(),
            browser: Browser::new(&server.url),
            server,
            child,
        }
    }

    /// Goes to so many seconds before or after `moment`.
    fn go_to(&self, moment: i64, seconds: i64) {
        let now = self.server.now();
        // A whole second less what has passed of this one.
        self.server.later(moment + seconds - now - 1);
        let to = Timestamp::from_seconds(moment + seconds);
        while tutela::clock::Clock::now(&*self.server.clock) < to {}
    }

    async fn page(&self, changes: &[(&str, &str)]) -> Page {
        let mut page = self.browser.open(&self.app.authorize(SCOPE, changes)).await;
        if page.has("id=\"login-form\"") {
            page = self.browser.sign_in(&page, "ada@example.test").await;
        }
        page
    }

    async fn code(&self, subject: &str, changes: &[(&str, &str)]) -> String {
        let page = self.page(changes).await;
        let page = match page.has("id=\"chooser-form\"") {
            true => self.browser.choose(&page, subject).await,
            false => page,
        };
        page.answer()["code"].clone()
    }

    async fn exchange(&self, own: &str) -> Tokens {
        let fields = [
            (
                "grant_type",
                "urn:ietf:params:oauth:grant-type:token-exchange",
            ),
            ("subject_token", self.child.as_str()),
            ("subject_token_type", SUBJECT),
            ("actor_token", own),
            ("actor_token_type", ACCESS_TOKEN),
        ];
        self.app.post("/token", &fields).await
    }

    /// Signs in and takes whatever acts for the child.
    async fn hold(&self, own: &str) -> Held {
        let child = self.child.as_str();
        let api = format!("{}/api", self.server.url);
        let for_api = self.code(child, &[("resource", &api)]).await;
        let first = self.code(child, &[]).await;
        Held {
            for_api: self.app.redeem(&for_api).await,
            tokens: self.app.redeem(&first).await,
            code: self.code(child, &[]).await,
            exchanged: self.exchange(own).await,
        }
    }

    /// The remembered choice: without a page, by what the application was told.
    async fn silently(&self, held: &Held) -> Page {
        let hint = held.tokens.body["id_token"].as_str().unwrap();
        self.page(&[("prompt", "none"), ("id_token_hint", hint)])
            .await
    }

    /// How many of the tokens are worth something, at each place that could tell.
    async fn live(&self, held: &Held) -> usize {
        let mut live = 0;
        for tokens in [&held.tokens, &held.exchanged, &held.for_api] {
            let token = tokens.access();
            let said = self.app.introspect(token).await;
            let told = self.app.userinfo(token).await.status;
            assert_eq!(said["active"] == true, told == 200);
            live += usize::from(told == 200);
        }
        // A delegated token is known to the API, and refused for what it is.
        let answer = Api::bearer(&self.server, held.for_api.access())
            .get("/me")
            .await;
        match answer.status {
            403 => assert_eq!(answer.code(), "delegated_token"),
            status => assert_eq!(status, 401),
        }
        live + usize::from(answer.status == 403)
    }

    /// That nothing is left, and nothing more can be had.
    async fn is_over(&self, held: &Held, own: &str) {
        assert_eq!(self.live(held).await, 0);
        let refreshed = self.app.refresh(held.tokens.refresh()).await;
        assert_eq!(refreshed.error(), "invalid_grant");
        assert_eq!(self.app.redeem(&held.code).await.error(), "invalid_grant");
        assert_eq!(self.exchange(own).await.error(), "invalid_request");
        let silent = self.silently(held).await.answer();
        assert!(!silent.contains_key("code"), "{silent:?}");
        let page = self.page(&[("prompt", "select_account")]).await;
        assert!(page.has("id=\"chooser-form\"") && !page.has(&self.child));
    }
}

/// That the tokens end at `end` at the latest, and say so.
fn end_by(tokens: &Tokens, end: i64) {
    for name in ["access_token", "id_token"] {
        if let Some(token) = tokens.body[name].as_str() {
            let exp = claims(token)["exp"].as_i64().unwrap();
            assert!(exp <= end, "{name}: {exp} > {end}");
        }
    }
}

/// From birth to twenty-five, by the clock.
async fn grow_up(zone: &str, born: Date, (thirteen, eighteen): (Date, Date)) {
    let family = Family::begin(zone, born).await;
    let [thirteen, eighteen] = [thirteen, eighteen].map(|day| first_of(&family.zone, day));

    family.go_to(thirteen, -40);
    let own = family.app.redeem(&family.code(ADA, &[]).await).await;
    let held = family.hold(own.access()).await;
    family.go_to(thirteen, -1);
    assert_eq!(family.live(&held).await, 4, "{zone}");
    let before = family.app.refresh(held.tokens.refresh()).await;
    assert!(reaches_everything(&before), "{zone}: {:?}", before.body);
    assert!(family.server.now() < thirteen);
    family.go_to(thirteen, 0);
    for token in [
        held.tokens.access(),
        held.exchanged.access(),
        before.access(),
    ] {
        let said = family.app.introspect(token).await;
        let scope = said["scope"].as_str().unwrap_or_default();
        assert!(!scope.contains("patient/*"), "{zone}: {scope}");
    }
    let after = family.app.refresh(before.refresh()).await;
    assert!(!reaches_everything(&after), "{zone}: {:?}", after.body);
    let after = family.exchange(own.access()).await;
    assert!(!reaches_everything(&after), "{zone}: {:?}", after.body);

    family.go_to(eighteen, -40);
    let own = family.app.redeem(&family.code(ADA, &[]).await).await;
    let held = family.hold(own.access()).await;
    for tokens in [&held.tokens, &held.exchanged, &held.for_api] {
        end_by(tokens, eighteen);
    }
    let spare = family.code(&family.child, &[]).await;
    family.go_to(eighteen, -1);
    assert_eq!(family.live(&held).await, 4, "{zone}");
    let refreshed = family.app.refresh(held.tokens.refresh()).await;
    end_by(&refreshed, eighteen);
    end_by(&family.app.redeem(&spare).await, eighteen);
    end_by(&family.exchange(own.access()).await, eighteen);
    assert!(family.silently(&held).await.answer().contains_key("code"));
    assert!(
        family.server.now() < eighteen,
        "{zone}: too much in one second"
    );
    let held = Held {
        tokens: refreshed,
        ..held
    };
    family.go_to(eighteen, 0);
    family.is_over(&held, own.access()).await;
    family.go_to(eighteen, 7 * 365 * 24 * 3600);
    let own = family.app.redeem(&family.code(ADA, &[]).await).await;
    family.is_over(&held, own.access()).await;
}

fn reaches_everything(tokens: &Tokens) -> bool {
    assert_eq!(tokens.status, 200, "{:?}", tokens.body);
    let scope = tokens.body["scope"].as_str().unwrap();
    scope.contains("patient/*.rs")
}

/// T-01, N-02.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_was_delegated_lives_beyond_a_birthday_wherever_the_clinic_is() {
    let ordinary = |year, month, day| {
        let at = |years: i16| date(year + years, month, day);
        (at(0), (at(13), at(18)))
    };
    let leap = (date(2024, 2, 29), (date(2037, 2, 28), date(2042, 2, 28)));
    for (zone, (born, grown)) in [
        ("Pacific/Kiritimati", ordinary(2026, 1, 1)),
        ("Pacific/Pago_Pago", leap),
        ("Europe/Brussels", ordinary(2026, 3, 27)), // clocks change on that day of 2044
        ("America/Havana", ordinary(2026, 11, 6)),
        ("Asia/Kathmandu", ordinary(2025, 12, 31)),
        ("Australia/Lord_Howe", leap),
        ("America/St_Johns", ordinary(2026, 6, 15)),
    ] {
        grow_up(zone, born, grown).await;
    }
}

/// 4.4: from the moment that staff record it.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_was_delegated_outlives_emancipation() {
    let family = Family::begin("Europe/Brussels", date(2026, 3, 30)).await;
    family.go_to(first_of(&family.zone, date(2041, 6, 1)), 0);
    let own = family.app.redeem(&family.code(ADA, &[]).await).await;
    let held = family.hold(own.access()).await;
    assert_eq!(family.live(&held).await, 4);
    let mut tx = family.server.write().await;
    let org = clinic(&mut tx).await;
    let minor = tutela::accounts::account(&mut tx, family.child.parse().unwrap()).await;
    let minor = minor.unwrap().unwrap();
    let done = guardianship::emancipate(
        &mut tx,
        &family.server.notices(),
        &org,
        minor,
        "case 3",
        &staff(),
    )
    .await;
    done.unwrap();
    tx.commit().await.unwrap();
    family.is_over(&held, own.access()).await;
    let said = family.app.introspect(own.access()).await;
    assert_eq!((&said["active"], &said["sub"]), (&json!(true), &json!(ADA)));
}
