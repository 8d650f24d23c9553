//! The dispatcher as tables, and what it never does.
use proptest::prelude::*;
use uuid::Uuid;

use super::{
    request::{Checked, Hint, Prompt, Reply, ResponseMode},
    step::{Facts, Grantable, Step, consent, next},
};
use crate::{
    access::ScopeSet,
    accounts::{Acr, Amr, Authentication, session::SignIn},
    clients::{Client, ClientType, Decision, Registration},
    clock::Timestamp,
    grants::Capacity,
    id::{AccountId, Id},
    oauth::Code,
};

const NOW: Timestamp = Timestamp::from_seconds(1_900_000_000);

fn account(n: u128) -> AccountId {
    Id::from_uuid(Uuid::from_u128(n))
}

fn own(n: u128) -> Capacity {
    Capacity::Consumer {
        account: account(n),
        organization: Id::from_uuid(Uuid::from_u128(9)),
    }
}

fn for_child() -> Capacity {
    Capacity::Guardian {
        guardian: account(1),
        dependent: account(2),
        guardianship: Id::from_uuid(Uuid::from_u128(3)),
        organization: Id::from_uuid(Uuid::from_u128(9)),
    }
}

fn request() -> Checked {
    let registration: Registration = serde_json::from_value(serde_json::json!({
        "type": "public", "redirect_uris": ["https://app.example/cb"],
    }))
    .unwrap();
    let client = Client {
        id: "app".to_owned(),
        organization: None,
        name: "App".to_owned(),
        is_active: true,
        registration,
        secret: None,
    };
    assert_eq!(client.registration.client_type, ClientType::Public);
    Checked {
        client_id: "app".to_owned(),
        reply: Reply {
            to: client.return_to(None).unwrap(),
            mode: ResponseMode::Query,
            state: None,
        },
        redirect_uri_was_sent: false,
        scope: "openid".parse().unwrap(),
        code_challenge: String::new(),
        nonce: None,
        prompt: Prompt::default(),
        max_age: None,
        login_hint: None,
        hint: None,
        acr: None,
        subjects: Vec::new(),
        claims: None,
        audience: "https://rs.example".to_owned(),
        audience_is_bound: false,
    }
}

fn signed_in(seconds_ago: i64) -> SignIn {
    SignIn {
        account: account(1),
        session: Id::from_uuid(Uuid::from_u128(7)),
        authentication: Authentication {
            auth_time: NOW.plus_seconds(-seconds_ago),
            amr: vec![Amr::Pwd],
            acr: Acr::Aal1,
        },
        seen_at: NOW,
    }
}

fn facts<'a>(
    request: &'a Checked,
    sign_in: Option<&'a SignIn>,
    options: &'a [Capacity],
) -> Facts<'a> {
    Facts {
        request,
        now: NOW,
        began_at: None,
        sign_in,
        options,
        chosen: None,
        decision: None,
    }
}

fn refused(step: Step) -> Option<Code> {
    match step {
        Step::Refuse(refusal) => Some(refusal.code),
        _ => None,
    }
}

#[test]
fn nobody_goes_on_without_a_sign_in_that_is_new_enough() {
    let old = signed_in(100);
    let options = [own(1)];
    let change = |change: &dyn Fn(&mut Checked)| {
        let mut request = request();
        change(&mut request);
        request
    };
    let plain = request();
    assert_eq!(next(&facts(&plain, None, &[])), Step::SignIn);
    assert_eq!(
        next(&facts(&plain, Some(&old), &options)),
        Step::Act(own(1))
    );
    let young = change(&|r| r.max_age = Some(50));
    assert_eq!(next(&facts(&young, Some(&old), &options)), Step::SignIn);
    let login = change(&|r| r.prompt.login = true);
    assert_eq!(next(&facts(&login, Some(&old), &options)), Step::SignIn);
    let again = Facts {
        began_at: Some(NOW.plus_seconds(-100)),
        ..facts(&login, Some(&old), &options)
    };
    assert_eq!(next(&again), Step::Act(own(1)));
    let silent = change(&|r| r.prompt.none = true);
    assert_eq!(
        refused(next(&facts(&silent, None, &[]))),
        Some(Code::LoginRequired)
    );
    let strong = change(&|r| r.acr = Some(Acr::Aal2));
    let step = next(&facts(&strong, Some(&old), &options));
    assert_eq!(refused(step), Some(Code::UnmetAuthenticationRequirements));
}

#[test]
fn the_choice_is_taken_asked_for_or_refused() {
    let sign_in = signed_in(0);
    let (one, two) = ([own(1)], [own(1), for_child()]);
    let step = |change: &dyn Fn(&mut Checked), options: &[Capacity], chosen| {
        let mut request = request();
        change(&mut request);
        next(&Facts {
            chosen,
            ..facts(&request, Some(&sign_in), options)
        })
    };
    assert_eq!(refused(step(&|_| (), &[], None)), Some(Code::AccessDenied));
    assert_eq!(step(&|_| (), &one, None), Step::Act(own(1)));
    assert_eq!(step(&|_| (), &two, None), Step::Subject);
    assert_eq!(
        step(&|_| (), &two, Some(for_child())),
        Step::Act(for_child())
    );
    assert_eq!(
        refused(step(&|_| (), &one, Some(for_child()))),
        Some(Code::AccessDenied)
    ); // I-51
    assert_eq!(
        step(&|r| r.prompt.select_account = true, &one, None),
        Step::Subject
    );
    let silent = |r: &mut Checked| r.prompt.none = true;
    assert_eq!(step(&silent, &one, None), Step::Act(own(1)));
    assert_eq!(
        refused(step(&silent, &two, None)),
        Some(Code::AccountSelectionRequired)
    );
    let hinted = |r: &mut Checked| {
        r.prompt.none = true;
        r.hint = Some(Hint {
            subject: account(2).to_string(),
            actor: Some(account(1).to_string()),
            session: None,
        });
    };
    assert_eq!(step(&hinted, &two, None), Step::Act(for_child())); // T-09
    let foreign = |r: &mut Checked| {
        hinted(r);
        r.hint.as_mut().unwrap().actor = Some(account(5).to_string());
    };
    assert_eq!(
        refused(step(&foreign, &two, None)),
        Some(Code::LoginRequired)
    );
}

#[test]
fn consent_is_asked_remembered_skipped_or_refused() {
    let scopes = |text: &str| text.parse::<ScopeSet>().unwrap();
    let (possible, nothing) = (scopes("openid profile patient/*.rs"), ScopeSet::default());
    let sign_in = signed_in(0);
    let ask =
        |change: &dyn Fn(&mut Checked), before: &ScopeSet, trusted, decision: Option<&Decision>| {
            let mut request = request();
            change(&mut request);
            let facts = Facts {
                decision,
                ..facts(&request, Some(&sign_in), &[])
            };
            consent(&facts, &possible, before, trusted)
        };
    let code = |grantable| match grantable {
        Grantable::Refuse(refusal) => Some(refusal.code),
        _ => None,
    };
    let plain = |_: &mut Checked| ();
    assert_eq!(ask(&plain, &nothing, false, None), Grantable::Ask);
    assert_eq!(
        ask(&plain, &scopes("openid profile"), false, None),
        Grantable::Ask
    );
    assert_eq!(
        ask(&plain, &possible, false, None),
        Grantable::Granted(possible.clone())
    );
    assert_eq!(
        ask(&plain, &nothing, true, None),
        Grantable::Granted(possible.clone())
    );
    assert_eq!(
        ask(&|r| r.prompt.consent = true, &possible, true, None),
        Grantable::Ask
    );
    let silent = ask(&|r| r.prompt.none = true, &nothing, false, None);
    assert_eq!(code(silent), Some(Code::ConsentRequired));
    assert_eq!(
        code(ask(&plain, &possible, true, Some(&Decision::Deny))),
        Some(Code::AccessDenied)
    );
    let less = Decision::Allow {
        scopes: scopes("openid"),
    };
    assert_eq!(
        ask(&plain, &nothing, false, Some(&less)),
        Grantable::Granted(scopes("openid"))
    );
    let more = Decision::Allow {
        scopes: scopes("openid email user/*.cruds"),
    };
    assert_eq!(
        ask(&plain, &nothing, false, Some(&more)),
        Grantable::Granted(scopes("openid"))
    );
}

proptest! {
    /// SECURITY.md 5.9: whatever is posted in whatever order, the facts decide.
    #[test]
    fn nothing_is_done_without_a_fitting_sign_in_and_a_fitting_option(
        flags in any::<[bool; 8]>(),
        age in 0_i64..1000,
        max_age in proptest::option::of(0_i64..1000),
        chosen in 0_u8..3,
    ) {
        let mut request = request();
        request.prompt = Prompt { none: flags[0], login: flags[1], consent: flags[2], select_account: flags[3] };
        request.max_age = max_age;
        let sign_in = signed_in(age);
        let options: Vec<_> = [own(1), for_child()].into_iter().zip(&flags[4..6]).filter(|(_, is)| **is).map(|(o, _)| o).collect();
        let facts = Facts {
            began_at: flags[6].then(|| NOW.plus_seconds(-500)),
            chosen: match chosen { 0 => None, 1 => Some(own(1)), _ => Some(for_child()) },
            ..facts(&request, flags[7].then_some(&sign_in), &options)
        };
        if let Step::Act(capacity) = next(&facts) {
            prop_assert!(flags[7], "somebody is signed in");
            prop_assert!(options.contains(&capacity), "N-04");
            let since = flags[6] && age <= 500;
            prop_assert!(since || (!flags[1] && max_age.is_none_or(|most| age <= most)));
        }
    }
}
