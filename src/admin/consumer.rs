//! `/admin/{org}/consumers/{account}`: one patient or guardian, who acts for him and for whom
//! he acts.
use askama::Template;
use axum::{Router, extract::Path, response::IntoResponse, routing::get};
use serde::Deserialize;

use super::{
    consumers::DEEDS,
    desk::{Answer, Desk, Stop},
    frame::{Frame, Tab},
    paths,
    relation_row::{self, RelationRow, Side},
    words,
};
use crate::{
    access::Permission,
    accounts::{self, Account, IdentifierKind, PersonChange, Profile, Standing, Status},
    guardianship,
    secret::Secret,
    store::Tx,
    web::{App, Faults, Fields, Form, Page, Problem, Texts, done},
};

pub(super) fn routes() -> Router<App> {
    Router::new().route("/admin/{org}/consumers/{account}", get(show).post(change))
}

/// A consumer of the desk's organization.
pub(super) struct Known {
    pub(super) account: Account,
    pub(super) profile: Profile,
    /// I-16, N-03: whoever is he, or acts for him, decides nothing here as staff.
    pub(super) is_own: bool,
}

/// The consumer that a path names; anybody else is not there (N-15).
///
/// # Errors
/// The page that says so, or the database is away.
pub(super) async fn known(desk: &Desk, tx: &mut Tx, id: &str) -> Result<Known, Stop> {
    let id = id.parse().map_err(|_| Problem::NotFound)?;
    let profile = accounts::profile(tx, id, desk.organization().id).await?;
    let account = accounts::account(tx, id).await?;
    Ok(Known {
        account: account.ok_or(Problem::NotFound)?,
        profile: profile.ok_or(Problem::NotFound)?,
        is_own: guardianship::is_own_affair(tx, &desk.doer(), id).await?,
    })
}

#[derive(Template)]
#[template(path = "admin/consumer.html")]
struct ConsumerPage {
    t: Texts,
    frame: Frame,
    back: String,
    action: String,
    known: Known,
    email: Option<String>,
    phone: Option<String>,
    born: Option<String>,
    /// The day on which the person comes of age.
    majority: Option<String>,
    emancipated: Option<String>,
    guardians: Vec<RelationRow>,
    dependents: Vec<RelationRow>,
    may: May,
    what_if: String,
    typed: Typed,
    faults: Faults,
    /// A hand-over code that was issued just now, and until when it works.
    code: Option<(Secret, String)>,
}

/// What the person at the desk may do here.
struct May {
    write: bool,
    see_relations: bool,
    /// Add, propose.
    relate: bool,
    birth_date: bool,
    emancipate: bool,
    hand_over: bool,
}

impl ConsumerPage {
    fn is_dependent(&self) -> bool {
        self.known.account.standing == Standing::Dependent
    }
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Typed {
    #[serde(default)]
    given_name: String,
    #[serde(default)]
    family_name: String,
    #[serde(default)]
    birth_date: String,
    #[serde(default)]
    patient_id: String,
    /// `active` or `suspended`, by the button of the state's own form.
    #[serde(default)]
    status: String,
    /// Where the evidence of an emancipation is filed.
    #[serde(default)]
    pub(super) evidence: String,
}

impl Typed {
    fn of(known: &Known) -> Self {
        let account = &known.account;
        let born = account.birth_date.map(|day| day.to_string());
        Self {
            given_name: account.given_name.clone(),
            family_name: account.family_name.clone(),
            birth_date: born.unwrap_or_default(),
            patient_id: known.profile.patient_id.clone().unwrap_or_default(),
            ..Self::default()
        }
    }
}

async fn show(
    desk: Desk,
    Path((_, id)): Path<(String, String)>,
    query: Fields,
    t: Texts,
) -> Answer {
    desk.needs(Permission::ConsumersRead)?;
    let known = known(&desk, &mut desk.read().await?, &id).await?;
    let shown = Shown {
        typed: Typed::of(&known),
        query,
        ..Shown::default()
    };
    page(&desk, t, known, shown).await
}

/// What the page says besides the person.
#[derive(Default)]
pub(super) struct Shown {
    pub(super) query: Fields,
    pub(super) typed: Typed,
    pub(super) faults: Faults,
    pub(super) code: Option<(Secret, String)>,
}

impl Shown {
    /// The person as he is, and what is wrong with one field.
    pub(super) fn fault(known: &Known, field: &'static str, words: String) -> Self {
        let mut faults = Faults::default();
        faults.add(field, words);
        Self {
            typed: Typed::of(known),
            faults,
            ..Self::default()
        }
    }

    /// The person as he is, and a hand-over code.
    pub(super) fn code(known: &Known, code: (Secret, String)) -> Self {
        Self {
            typed: Typed::of(known),
            code: Some(code),
            ..Self::default()
        }
    }
}

pub(super) async fn page(desk: &Desk, t: Texts, known: Known, shown: Shown) -> Answer {
    let organization = desk.organization();
    let (settings, account) = (&organization.settings, &known.account);
    let mut tx = desk.read().await?;
    let now = tx.now();
    let owned = accounts::contacts(&mut tx, account.id).await?;
    let majority = account
        .birth_date
        .and_then(|born| guardianship::majority_at(born, settings));
    let is_minor = majority.is_some_and(|at| now < at) && account.emancipated_at.is_none();
    let may = may(
        desk,
        &known,
        is_minor,
        guardianship::awaits_handover(account, settings, now),
    );
    let (mut guardians, mut dependents) = (Vec::new(), Vec::new());
    if may.see_relations {
        let side = (account.id, Side::Dependent);
        guardians = relation_row::rows(desk, &mut tx, &t, side, now).await?;
        let side = (account.id, Side::Guardian);
        dependents = relation_row::rows(desk, &mut tx, &t, side, now).await?;
    }
    drop(tx);
    let status = shown.faults.status();
    let page = ConsumerPage {
        frame: desk
            .frame(Tab::Consumers)
            .await?
            .saying(&t, &shown.query, DEEDS),
        back: paths::consumers(organization.id),
        action: paths::consumer(organization.id, account.id),
        what_if: format!("{}?person={}", paths::what_if(organization.id), account.id),
        email: accounts::first_of(&owned, IdentifierKind::Email),
        phone: accounts::first_of(&owned, IdentifierKind::Phone),
        born: known.account.birth_date.map(words::date),
        majority: majority.map(|at| words::day(at, organization)),
        emancipated: account
            .emancipated_at
            .map(|at| words::day(at, organization)),
        guardians,
        dependents,
        may,
        typed: shown.typed,
        faults: shown.faults,
        code: shown.code,
        known,
        t,
    };
    Ok(Page::new(page).status(status).into_response())
}

fn may(desk: &Desk, known: &Known, is_minor: bool, awaits_handover: bool) -> May {
    let decides = desk.has(Permission::GuardianshipsWrite) && !known.is_own;
    let is_dependent = known.account.standing == Standing::Dependent;
    May {
        write: desk.has(Permission::ConsumersWrite),
        see_relations: desk.has(Permission::GuardianshipsRead),
        relate: decides,
        birth_date: decides,
        emancipate: decides && is_dependent && is_minor,
        hand_over: decides && awaits_handover,
    }
}

async fn change(
    desk: Desk,
    Path((_, id)): Path<(String, String)>,
    t: Texts,
    Form(typed): Form<Typed>,
) -> Answer {
    desk.needs(Permission::ConsumersWrite)?;
    let mut tx = desk.write().await?;
    let known = known(&desk, &mut tx, &id).await?;
    let place = paths::consumer(desk.organization().id, known.account.id);
    desk.needs_fresh(&place)?;
    let deed = match typed.status.as_str() {
        "suspended" => "held",
        "active" => "released",
        _ => "changed",
    };
    let mut faults = Faults::default();
    let change = match typed.status.as_str() {
        "suspended" => status(Status::Suspended),
        "active" => status(Status::Active),
        _ => read(&desk, (&t, &mut faults), &typed, &known)?,
    };
    let (account, doer) = (known.account.clone(), desk.doer());
    if faults.is_empty() {
        let org = desk.organization().id;
        if accounts::change_person(&mut tx, account, org, change, &doer).await? {
            tx.commit().await?;
            return Ok(done(&place, deed));
        }
        faults.add("patient_id", t.get("fault-patient-taken"));
    }
    drop(tx);
    let shown = Shown {
        typed,
        faults,
        ..Shown::default()
    };
    page(&desk, t, known, shown).await
}

fn status(status: Status) -> PersonChange {
    PersonChange {
        status: Some(status),
        ..PersonChange::default()
    }
}

fn read(
    desk: &Desk,
    (t, faults): (&Texts, &mut Faults),
    typed: &Typed,
    known: &Known,
) -> Result<PersonChange, Stop> {
    let today = desk
        .organization()
        .settings
        .time_zone
        .day_of(desk.app.store.now());
    let before = known.account.birth_date.map(|day| day.to_string());
    // A form without the field leaves the day as it is.
    let is_other = !typed.birth_date.is_empty() && before.as_deref() != Some(&typed.birth_date);
    if is_other && (!desk.has(Permission::GuardianshipsWrite) || known.is_own) {
        return Err(Problem::NotAllowed.into()); // N-03
    }
    let born = is_other.then(|| words::birthday(t, faults, &typed.birth_date, today));
    Ok(PersonChange {
        given_name: Some(faults.name(t, "given_name", &typed.given_name)),
        family_name: Some(faults.name(t, "family_name", &typed.family_name)),
        birth_date: born.flatten(),
        status: None,
        patient_id: words::patient_id(t, faults, &typed.patient_id),
    })
}
