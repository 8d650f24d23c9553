//! One authorization request on its way from check to answer.
use std::sync::Arc;

use axum::response::{IntoResponse, Redirect, Response};

use super::{
    queries::{self, Pending},
    request::{self, Checked, Stop},
    respond,
    step::{self, Facts, Grantable, Step},
};
use crate::{
    access::ScopeSet,
    accounts::session::{Limits, SignIn},
    audit::{self, Action, Event},
    capacity::{Choice, ConsumerKind, Role, Standing},
    clients::{self, Client, Consent, Decision, GrantType},
    clock::Timestamp,
    grants::{self, Binding, Capacity, NewGrant},
    id::AuthorizationRequestId,
    oauth::{Params, Refusal, is_audience},
    secret::Secret,
    store::StoreError,
    tokens::Tokens,
    web::{App, Browser, Failure, Next, Texts, paths},
};

/// A request on its way.
pub(super) struct Flow {
    pub(super) client: Arc<Client>,
    pub(super) request: Checked,
    /// Its row. `None` as long as nobody had to be asked.
    pub(super) pending: Option<Row>,
}

/// What the row adds.
pub(super) struct Row {
    pub(super) id: AuthorizationRequestId,
    began_at: Timestamp,
    pub(super) chosen: Option<Capacity>,
    decision: Option<Decision>,
}

/// How a request begins.
pub(super) enum Start {
    /// Not at all; the client, where it is known.
    Stop(Stop, Option<String>),
    /// It goes on.
    Go(Box<Flow>),
}

/// Everything that is known once the capacity is: what the consent page shows, and what is
/// granted.
pub(super) struct Offer {
    pub(super) sign_in: SignIn,
    pub(super) standing: Arc<Standing>,
    /// What can be granted, if the person allows it.
    pub(super) possible: ScopeSet,
    /// What the person allowed before.
    pub(super) allowed_before: Arc<ScopeSet>,
}

/// Where a request stands.
pub(super) enum Stand {
    /// Before the sign-in.
    SignIn,
    /// Before the choice among these.
    Subject(SignIn, Vec<Choice>),
    /// Before the consent to this.
    Consent(Box<Offer>),
    /// This is granted.
    Granted(Box<Offer>, ScopeSet),
    /// Nothing comes of it.
    Refused(Refusal),
}

/// Checks a new request.
pub(super) async fn start(app: &App, query: &str) -> Result<Start, Failure> {
    let fields = Params::lenient(query);
    let client = match fields.one("client_id") {
        Some(id) => app.clients.find(&app.store, id).await?,
        None => None,
    };
    let reply = match request::reply_for(query, client.as_deref()) {
        Ok(reply) => reply,
        Err(refusal) => {
            let client = client.map(|client| client.id.clone());
            return Ok(Start::Stop(Stop::Show(refusal), client));
        }
    };
    let Some(client) = client else {
        return Ok(Start::Stop(Stop::Show(Refusal::unknown_client()), None));
    };
    let checked =
        Params::query(query).and_then(|params| request::check(app, &client, &reply, &params));
    Ok(match checked {
        Err(refusal) => {
            let stop = Stop::Send(refusal, Box::new(reply));
            Start::Stop(stop, Some(client.id.clone()))
        }
        Ok(request) => Start::Go(Box::new(Flow {
            client,
            request,
            pending: None,
        })),
    })
}

impl Flow {
    /// Takes up a request of this browser. `None` when there is none that can go on: also
    /// when the client, the address to answer to or the resource is not registered any more.
    pub(super) async fn resume(
        app: &App,
        id: &str,
        browser: &Browser,
    ) -> Result<Option<Self>, Failure> {
        let Ok(id) = id.parse::<AuthorizationRequestId>() else {
            return Ok(None);
        };
        let mark = browser.id().await?;
        let found = queries::find(&mut app.store.read().await?, id, &mark).await?;
        let Some(Pending {
            id,
            request,
            chosen,
            decision,
            began_at,
        }) = found
        else {
            return Ok(None);
        };
        let client = app.clients.find(&app.store, &request.client_id).await?;
        let is_registered = |client: &Arc<Client>| {
            let to = client.return_to(Some(request.reply.to.as_str()));
            to.is_some()
                && client.may_use(GrantType::AuthorizationCode)
                && is_audience(app, client, &request.audience)
        };
        Ok(client.filter(is_registered).map(|client| Self {
            client,
            request,
            pending: Some(Row {
                id,
                began_at,
                chosen,
                decision,
            }),
        }))
    }

    /// Does what comes next: answers, or leads to the next page.
    pub(super) async fn go_on(
        self,
        app: &App,
        browser: &Browser,
        t: Texts,
    ) -> Result<Response, Failure> {
        let page: fn(AuthorizationRequestId) -> String = match self.stand(app, browser).await? {
            Stand::Granted(offer, scope) => {
                return self.grant(app, browser, t, (&offer, scope)).await;
            }
            Stand::Refused(refusal) => return self.refuse(app, browser, t, refusal).await,
            Stand::SignIn => |id| paths::sign_in(&Next::Authorization(id)),
            Stand::Subject(..) => paths::authorize_for,
            Stand::Consent(_) => paths::authorize_consent,
        };
        let id = match &self.pending {
            Some(row) => row.id,
            None => {
                let mark = browser.id().await?;
                let mut tx = app.store.write_from(browser.origin()).await?;
                let id = queries::insert(&mut tx, &self.request, &mark).await?;
                tx.commit().await?;
                id
            }
        };
        Ok(Redirect::to(&page(id)).into_response())
    }

    /// Where the request stands now.
    pub(super) async fn stand(&self, app: &App, browser: &Browser) -> Result<Stand, Failure> {
        let limits = self.limits(app).await?;
        let sign_in = browser.sign_in_within(limits).await?;
        let choices = match &sign_in {
            Some(sign_in) => {
                let (store, organizations) = (&app.store, &app.organizations);
                app.standings
                    .choices(store, organizations, sign_in.account, &self.client)
                    .await?
            }
            None => Vec::new(),
        };
        let row = self.row_of(sign_in.as_ref());
        let options: Vec<_> = choices.iter().map(|choice| choice.capacity).collect();
        let facts = Facts {
            request: &self.request,
            now: app.store.now(),
            began_at: self.pending.as_ref().map(|row| row.began_at),
            sign_in: sign_in.as_ref(),
            options: &options,
            chosen: row.and_then(|row| row.chosen),
            decision: row.and_then(|row| row.decision.as_ref()),
        };
        let step = step::next(&facts);
        let (capacity, person) = match (step, &sign_in) {
            (Step::Refuse(refusal), _) => return Ok(Stand::Refused(refusal)),
            (Step::SignIn, _) | (_, None) => return Ok(Stand::SignIn),
            (Step::Subject, Some(person)) => {
                return Ok(Stand::Subject(person.clone(), choices));
            }
            (Step::Act(capacity), Some(person)) => (capacity, person.clone()),
        };
        let Some(offer) = self.offer(app, capacity, person).await? else {
            return Ok(Stand::Refused(Refusal::not_for_this_person()));
        };
        let is_trusted = self.client.registration.trusted;
        if !is_trusted && !self.is_for_minors(app, &offer.standing).await? {
            return Ok(Stand::Refused(Refusal::needs_guardian()));
        }
        Ok(
            match step::consent(&facts, &offer.possible, &offer.allowed_before, is_trusted) {
                Grantable::Granted(scope) => Stand::Granted(Box::new(offer), scope),
                Grantable::Ask => Stand::Consent(Box::new(offer)),
                Grantable::Refuse(refusal) => Stand::Refused(refusal),
            },
        )
    }

    /// A minor who acts for himself allows a third party only what somebody who cares for him
    /// trusts, too (DOMAIN.md 12).
    async fn is_for_minors(&self, app: &App, standing: &Standing) -> Result<bool, Failure> {
        let is_minor = matches!(
            standing.role,
            Role::Consumer {
                kind: ConsumerKind::Dependent,
                ..
            }
        );
        if !is_minor || standing.capacity.actor().is_some() {
            return Ok(true);
        }
        let mut tx = app.store.read().await?;
        let subject = standing.capacity.subject();
        Ok(clients::is_allowed_by_guardian(&mut tx, subject, &self.client.id).await?)
    }

    /// What was chosen and decided, if it was by the person who is signed in now: whoever
    /// signed in before him chose for himself.
    fn row_of(&self, sign_in: Option<&SignIn>) -> Option<&Row> {
        let person = sign_in?.account;
        let is_his = |row: &&Row| row.chosen.is_some_and(|chosen| chosen.person() == person);
        self.pending.as_ref().filter(is_his)
    }

    /// The limits of sessions that the client's organization sets.
    async fn limits(&self, app: &App) -> Result<Limits, Failure> {
        let Some(id) = self.client.organization else {
            return Ok(Limits::default());
        };
        let organization = app.organizations.get(&app.store, id).await?;
        Ok(
            organization.map_or_else(Limits::default, |organization| Limits {
                idle_seconds: i64::from(organization.settings.session_idle.seconds()),
                absolute_seconds: i64::from(organization.settings.session_absolute.seconds()),
            }),
        )
    }

    async fn offer(
        &self,
        app: &App,
        capacity: Capacity,
        sign_in: SignIn,
    ) -> Result<Option<Offer>, Failure> {
        let standings = &app.standings;
        let found = standings
            .get(&app.store, &app.organizations, &capacity)
            .await?;
        let Some(standing) = found else {
            return Ok(None);
        };
        let possible = Tokens::scope_now(&self.request.scope, &self.client, &standing);
        let allowed_before = match self.client.registration.trusted {
            true => None,
            false => {
                let consent = self.consent_of(&capacity);
                app.clients.allowed(&app.store, &consent).await?
            }
        };
        Ok(Some(Offer {
            sign_in,
            standing,
            possible,
            allowed_before: allowed_before.unwrap_or_default(),
        }))
    }

    pub(super) fn consent_of(&self, capacity: &Capacity) -> Consent {
        Consent {
            subject: capacity.subject(),
            client_id: self.client.id.clone(),
            given_by: capacity.person(),
            guardianship: capacity.relation(),
        }
    }

    async fn grant(
        &self,
        app: &App,
        browser: &Browser,
        t: Texts,
        (offer, scope): (&Offer, ScopeSet),
    ) -> Result<Response, Failure> {
        let mut tx = app.store.write_from(browser.origin()).await?;
        if let Some(row) = &self.pending
            && !queries::answer(&mut tx, row.id).await?
        {
            return Ok(crate::web::Problem::Stale.into_response());
        }
        let (id, code) = self.issue(&mut tx, offer, scope).await?;
        let capacity = &offer.standing.capacity;
        let event = Event::done(Action::CodeIssued)
            .by(capacity.person())
            .about(capacity.subject())
            .through(self.client.id.as_str())
            .within(capacity.organization())
            .under(capacity.relation())
            .on(id);
        audit::record(&mut tx, event).await?;
        tx.commit().await?;
        Ok(respond::code(app, t, &self.request.reply, &code))
    }

    async fn issue(
        &self,
        tx: &mut crate::store::Tx,
        offer: &Offer,
        scope: ScopeSet,
    ) -> Result<(crate::id::GrantId, Secret), StoreError> {
        let request = &self.request;
        let days = i64::from(offer.standing.organization.settings.refresh_days);
        let new = NewGrant {
            capacity: offer.standing.capacity,
            client_id: self.client.id.clone(),
            session: offer.sign_in.session,
            scope,
            audience: request.audience.clone(),
            audience_is_bound: request.audience_is_bound,
            claims: request.claims.clone(),
            nonce: request.nonce.clone(),
            authentication: offer.sign_in.authentication.clone(),
            roles: offer.standing.role_names(),
            expires_at: tx.now().plus_days(days),
            binding: Binding {
                redirect_uri: request.reply.to.as_str().to_owned(),
                redirect_uri_was_sent: request.redirect_uri_was_sent,
                code_challenge: request.code_challenge.clone(),
            },
        };
        grants::issue(tx, new).await
    }

    /// Answers with an error, once.
    pub(super) async fn refuse(
        &self,
        app: &App,
        browser: &Browser,
        t: Texts,
        refusal: Refusal,
    ) -> Result<Response, Failure> {
        let mut event = Event::refused(Action::Authorization, refusal.code.name())
            .through(self.client.id.as_str())
            .within(self.client.organization);
        if let Some(sign_in) = browser.sign_in().await? {
            event = event.by(sign_in.account);
        }
        let mut tx = app.store.write_from(browser.origin()).await?;
        if let Some(row) = &self.pending
            && !queries::answer(&mut tx, row.id).await?
        {
            return Ok(crate::web::Problem::Stale.into_response());
        }
        audit::record(&mut tx, event).await?;
        tx.commit().await?;
        tracing::info!(error = refusal.code.name(), reason = %refusal.reason, "an authorization request was refused");
        Ok(respond::error(app, t, &self.request.reply, &refusal))
    }
}
