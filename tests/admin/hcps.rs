//! The administration's pages, as somebody without script uses them.
use crate::{
    harness::{Browser, Page, Server},
    hcps::{DATABASE, clinic},
};

pub(super) fn list(rest: &str) -> String {
    format!("/admin/databases/{DATABASE}/hcps{rest}")
}

/// A browser in which `username` has opened the administration, and what it showed.
pub(super) async fn opened(server: &Server, username: &str) -> (Browser, Page) {
    let browser = Browser::new(&server.url);
    let page = browser.open("/admin").await;
    let page = browser.sign_in(&page, username).await;
    (browser, page)
}

/// Sends a form and goes where it leads.
pub(super) async fn send(
    browser: &Browser,
    page: &Page,
    form: &str,
    fields: &[(&str, &str)],
) -> Page {
    let answer = browser.submit(page, form, fields).await;
    browser.follow(answer).await
}

/// Adds a professional and gives the page of it.
pub(super) async fn add(browser: &Browser, first: &str, last: &str, email: &str) -> Page {
    let page = browser.get(&list("/new")).await;
    let fields = [
        ("type", "professional"),
        ("first_name", first),
        ("last_name", last),
        ("email", email),
    ];
    send(browser, &page, "hcp-form", &fields).await
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_manages_one_directory_lands_in_it_and_others_are_told_so() {
    let server = clinic().await;
    let (_, page) = opened(&server, "olga@example.test").await;
    assert_eq!((page.status, page.url.path()), (200, list("").as_str()));
    assert!(page.has("Example Clinic"));
    let (browser, page) = opened(&server, "john@example.test").await;
    assert_eq!(page.status, 403);
    assert_eq!(browser.get(&list("")).await.status, 404); // N-15
    let (browser, _) = opened(&server, "otto@example.test").await;
    assert_eq!(browser.get(&list("")).await.status, 404);
    let (browser, page) = opened(&server, "mia@example.test").await;
    assert!(!page.has("Add User"), "she only reads");
    assert_eq!(browser.get(&list("/new")).await.status, 403);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_hcp_is_added_found_edited_disabled_and_deleted() {
    let server = clinic().await;
    let (browser, _) = opened(&server, "olga@example.test").await;
    let page = browser.get(&list("/new")).await;
    let unfit = browser
        .submit(&page, "hcp-form", &[("type", "professional")])
        .await;
    assert_eq!(unfit.status, 422);
    assert!(unfit.has("id=\"first_name-error\"") && unfit.has("id=\"email-error\""));
    let ann = add(&browser, "Ann", "Lee", "ann@example.test").await;
    assert!(
        ann.has("Added.") && ann.has("<h1>Ann Lee</h1>"),
        "{}",
        ann.body
    );
    add(&browser, "Bo", "Roe", "bo@example.test").await;
    let found = browser.get(&list("?q=lee")).await;
    assert!(found.has("ann@example.test") && !found.has("bo@example.test"));
    assert!(
        browser
            .get(&list("?q=x"))
            .await
            .has("Type at least two letters.")
    );

    let place = ann.url.path().to_owned();
    let edited = |version| {
        vec![
            ("first_name", "Anna"),
            ("last_name", "Lee"),
            ("email", "ann@example.test"),
            ("phone", "+32 470 12 34 56"),
            ("version", version),
        ]
    };
    let saved = send(&browser, &ann, "hcp-form", &edited("1")).await;
    assert!(saved.has("Saved.") && saved.has("+32470123456"));
    let stale = browser.submit(&ann, "hcp-form", &edited("1")).await;
    assert_eq!(stale.status, 422);
    assert!(stale.has("Somebody changed this meanwhile."));
    let page = browser.get(&place).await;
    let disabled = send(&browser, &page, "status-form", &[("status", "disabled")]).await;
    assert!(disabled.has("Disabled"));
    assert!(browser.get(&list("?status=disabled")).await.has("Anna Lee"));

    let wrong = browser
        .submit(&disabled, "delete-form", &[("confirm", "Ann")])
        .await;
    assert_eq!(wrong.status, 422);
    let deleted = send(&browser, &wrong, "delete-form", &[("confirm", "Anna Lee")]).await;
    assert_eq!(deleted.url.path(), list(""));
    assert!(deleted.has("Deleted.") && !deleted.has("Anna Lee"));
    assert_eq!(browser.get(&place).await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_is_read_page_by_page_in_either_order() {
    let server = clinic().await;
    let (browser, _) = opened(&server, "olga@example.test").await;
    for n in 0..30 {
        add(
            &browser,
            "Ann",
            &format!("Lee{n:02}"),
            &format!("a{n}@example.test"),
        )
        .await;
    }
    let first = browser.get(&list("")).await;
    assert!(first.has("Ann Lee00") && first.has("Ann Lee24") && !first.has("Ann Lee25"));
    let (before, _) = first.body.split_once("\" rel=\"next\"").unwrap();
    let next = before
        .rsplit_once("href=\"")
        .unwrap()
        .1
        .replace("&#38;", "&");
    let second = browser.get(&next).await;
    assert!(second.has("Ann Lee25") && second.has("Ann Lee29") && !second.has("Ann Lee24"));
    assert!(!second.has("rel=\"next\"") && second.has("First page"));
    assert!(browser.get(&list("?sort=-name")).await.has("Ann Lee29"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_person_behind_an_hcp_is_invited_from_its_page() {
    let server = clinic().await;
    let (browser, _) = opened(&server, "olga@example.test").await;
    let page = add(&browser, "Tom", "Becker", "tom@example.test").await;
    assert!(page.has("Not invited"));
    let form = browser.get(&format!("{}/invite", page.url.path())).await;
    assert!(!form.has("name=\"roles\""), "nothing stands above him");
    let sent = send(&browser, &form, "invite-form", &[]).await;
    assert!(sent.has("The invitation is on its way.") && sent.has("Sent, not used yet"));
    assert!(server.letter().await.contains("/invitation?token="));
    let row = browser.get(&list("?q=becker")).await;
    assert!(row.has("Sent, not used yet") && row.has("Send the link again"));
    // Nobody gives himself a role (I-22).
    let own = add(&browser, "Olga", "Owner", "olga@example.test").await;
    let form = browser.get(&format!("{}/invite", own.url.path())).await;
    let refused = browser.submit(&form, "invite-form", &[]).await;
    assert!(
        refused.has("You cannot give yourself a role."),
        "{}",
        refused.body
    );
}

/// Adds an organization and gives its id.
async fn organization(browser: &Browser, name: &str) -> String {
    let page = browser.get(&list("/new?type=organization")).await;
    let page = send(
        browser,
        &page,
        "hcp-form",
        &[("type", "organization"), ("name", name)],
    )
    .await;
    assert!(page.has("Added."), "{}", page.body);
    page.url.path().rsplit('/').next().unwrap().to_owned()
}

/// DOMAIN.md 6: `PROVIDER` by default, and never OWNER.
#[tokio::test(flavor = "multi_thread")]
async fn roles_are_chosen_where_an_organization_stands_above() {
    let server = clinic().await;
    let (browser, _) = opened(&server, "olga@example.test").await;
    organization(&browser, "Northgate Clinic").await;
    let new = browser.get(&list("/new")).await;
    let tom = [
        ("type", "professional"),
        ("first_name", "Tom"),
        ("last_name", "Becker"),
        ("email", "tom@example.test"),
        ("parent_id", "northgate clinic"),
    ];
    let tom = send(&browser, &new, "hcp-form", &tom).await;
    let form = browser.get(&format!("{}/invite", tom.url.path())).await;
    assert!(form.has("value=\"PROVIDER\" checked") && !form.has("value=\"OWNER\""));
    let none = browser.submit(&form, "invite-form", &[]).await;
    assert!(none.status == 422 && none.has("Choose at least one role."));
    let owner = [("roles", "OWNER")];
    let owner = browser.submit(&form, "invite-form", &owner).await;
    assert!(owner.status == 422 && owner.has("Nobody becomes an owner this way."));
    let roles = [("roles", "THERAPIST"), ("roles", "PROVIDER")];
    let sent = send(&browser, &form, "invite-form", &roles).await;
    assert!(sent.has("The invitation is on its way."));
    let mut tx = server.write().await;
    let (roles,): (String,) = tx
        .query("SELECT roles FROM hcp_invitations")
        .one()
        .await
        .unwrap();
    assert_eq!(roles, "[\"PROVIDER\",\"THERAPIST\"]");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_hcp_is_invited_as_it_is_added_and_stays_when_that_fails() {
    let server = clinic().await;
    let (browser, _) = opened(&server, "olga@example.test").await;
    let new = browser.get(&list("/new")).await;
    for (email, said) in [
        ("tom@example.test", "Added. The invitation is on its way."),
        // I-22: she cannot invite herself.
        (
            "olga@example.test",
            "Added, but the invitation could not be sent.",
        ),
    ] {
        let fields = [
            ("type", "professional"),
            ("first_name", "Tom"),
            ("last_name", "Becker"),
            ("email", email),
            ("invite", "yes"),
        ];
        let page = send(&browser, &new, "hcp-form", &fields).await;
        assert!(page.has(said), "{}", page.body);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_parent_is_picked_by_name_and_asked_for_where_several_fit() {
    let server = clinic().await;
    let (browser, _) = opened(&server, "olga@example.test").await;
    organization(&browser, "Northgate").await;
    let twins = [
        organization(&browser, "Riverside").await,
        organization(&browser, "Riverside").await,
    ];
    let new = browser.get(&list("/new")).await;
    assert!(
        new.has("<option value=\"Northgate\">"),
        "names are proposed"
    );
    let ann = |parent: &'static str, choice: String| {
        let fields = [
            ("type", "professional".to_owned()),
            ("first_name", "Ann".to_owned()),
            ("last_name", "Lee".to_owned()),
            ("email", "ann@example.test".to_owned()),
            ("parent_id", parent.to_owned()),
            ("parent_choice", choice),
        ];
        let (browser, new) = (&browser, &new);
        async move {
            let fields: Vec<_> = fields.iter().map(|(n, v)| (*n, v.as_str())).collect();
            send(browser, new, "hcp-form", &fields).await
        }
    };
    let unknown = ann("Southgate", String::new()).await;
    assert_eq!(unknown.status, 422);
    assert!(unknown.has("No organization of this database is called so."));
    // A beginning is no name: it offers what there is.
    let beginning = ann("North", String::new()).await;
    assert!(beginning.status == 422 && beginning.has("Several organizations fit."));
    assert!(beginning.has("value=\"North\"") && beginning.has("value=\"Ann\""));
    let several = ann("riverside", String::new()).await;
    assert_eq!(several.status, 422);
    for twin in &twins {
        assert!(several.has(&format!("<option value=\"{twin}\">")));
    }
    let added = ann("riverside", twins[1].clone()).await;
    assert!(added.has("Added.") && added.has(&format!("/hcps/{}\">Riverside</a>", twins[1])));
    // The name of the organization above stays what it meant, though two are called so.
    let fields = [
        ("first_name", "Anna"),
        ("last_name", "Lee"),
        ("email", "ann@example.test"),
        ("parent_id", "Riverside"),
        ("version", "1"),
    ];
    let saved = send(&browser, &added, "hcp-form", &fields).await;
    assert!(
        saved.has("Saved.") && saved.has(&twins[1]),
        "{}",
        saved.body
    );

    let below = browser.get(&list("?parent_id=northgate")).await;
    assert!(below.has("In Northgate") && below.has("Nobody was found."));
    let below = browser
        .get(&list(&format!("?parent_id={}&type=professional", twins[1])))
        .await;
    assert!(below.has("Anna Lee") && !below.has("<h1>Northgate"));
    let asked = browser.get(&list("?parent_id=riverside")).await;
    assert!(asked.has("Several organizations fit.") && asked.has(&twins[0]));
    let nobody = browser.get(&list("?parent_id=elsewhere")).await;
    assert!(nobody.has("No organization of this database is called so."));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_says_what_there_is_to_know_and_does_what_its_menu_says() {
    let server = clinic().await;
    let (browser, page) = opened(&server, "olga@example.test").await;
    assert!(page.has("No HCPs yet"));
    let northgate = organization(&browser, "Northgate Clinic").await;
    let fields = [
        ("type", "professional"),
        ("first_name", "Ann"),
        ("last_name", "Lee"),
        ("email", "ann@example.test"),
        ("parent_id", northgate.as_str()),
    ];
    let new = browser.get(&list("/new")).await;
    let ann = send(&browser, &new, "hcp-form", &fields).await;
    let id = ann.url.path().rsplit('/').next().unwrap().to_owned();
    let all = browser.get(&list("")).await;
    for text in [
        "Northgate Clinic</td>",
        "Top level",
        "Not invited",
        "Actions for Ann Lee",
    ] {
        assert!(all.has(text), "{text}");
    }
    let opened_row = browser.get(&list(&format!("?open={northgate}"))).await;
    for text in [
        "Organization ID",
        "PARENT_ORGANISATION_ID",
        "No active token.",
        "Enrolment",
    ] {
        assert!(opened_row.has(text), "{text}");
    }
    let form = format!("status-{id}");
    let rested = [("status", "disabled"), ("to", "list")];
    let rested = send(&browser, &all, &form, &rested).await;
    assert_eq!(rested.url.path(), list(""));
    assert!(rested.has("Saved.") && rested.has("value=\"active\" type=\"submit\""));
    let back = [("status", "active"), ("to", "list")];
    let back = send(&browser, &rested, &form, &back).await;
    assert!(back.has("Saved.") && !back.has("Disabled</span>"));

    // Whoever only reads has no menu.
    let (mia, page) = opened(&server, "mia@example.test").await;
    assert!(page.has("Ann Lee") && !page.has("Actions for"));
    let row = mia.get(&list(&format!("?open={id}"))).await;
    assert!(row.has("HCP ID") && !row.has("Active Authentication Tokens"));
    assert_eq!(
        mia.get(&format!("{}/invite", ann.url.path())).await.status,
        403
    );
    assert_eq!(
        mia.get(&format!("{}/tokens", ann.url.path())).await.status,
        403
    );
}
