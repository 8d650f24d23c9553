//! The organization's settings in the console.
use super::{at, clinic, console};

/// The fields of the form as they are shown.
fn shown(page: &crate::harness::Page) -> Vec<(String, String)> {
    let mut fields = Vec::new();
    for part in page.body.split("<input class=\"input\"").skip(1) {
        let tag = part.split_once('>').unwrap().0;
        let of = |name: &str| {
            let (_, rest) = tag.split_once(&format!("{name}=\"")).unwrap();
            rest.split_once('"').unwrap().0.to_owned()
        };
        fields.push((of("name"), of("value")));
    }
    fields
}

#[tokio::test(flavor = "multi_thread")]
async fn an_owner_changes_name_and_settings_and_everything_else_stays() {
    let server = clinic().await;
    let (olga, _) = console(&server, "olga@example.test").await;
    let page = olga.open(&at("/settings")).await;
    let mut fields = shown(&page);
    assert!(fields.len() > 20);
    fields.push(("second_factor".to_owned(), "none".to_owned()));
    let set = |name: &str, value: &str| {
        let mut all = fields.clone();
        let field = all.iter_mut().find(|(field, _)| field == name).unwrap();
        field.1 = value.to_owned();
        all
    };
    for (name, value) in [
        ("refresh_days", "-1"),
        ("refresh_days", "many"),
        ("time_zone", "Mars/Olympus"),
        ("limited_ceiling", "everything"),
        ("name", ""),
    ] {
        let wrong = set(name, value);
        let wrong: Vec<_> = wrong
            .iter()
            .map(|(a, b)| (a.as_str(), b.as_str()))
            .collect();
        let refused = olga.submit(&page, "settings-form", &wrong).await;
        assert_eq!(refused.status, 422, "{name} {value}");
        assert!(refused.has(&format!("{name}-error")), "{name} {value}");
    }
    let right = set("refresh_days", "12");
    let mut right: Vec<_> = right
        .iter()
        .map(|(a, b)| (a.as_str(), b.as_str()))
        .collect();
    right.push(("require_guardianship_approval", "true"));
    let saved = olga.submit(&page, "settings-form", &right).await;
    let again = olga.follow(saved).await;
    assert!(again.has("Saved."), "{}", again.body);
    let mut now = shown(&again);
    let days = now
        .iter_mut()
        .find(|(field, _)| field == "refresh_days")
        .unwrap();
    assert_eq!(days.1, "12");
    days.1 = "30".to_owned();
    fields.pop();
    assert_eq!(now, fields);
    let (ina, _) = console(&server, "ina@example.test").await;
    assert_eq!(ina.open(&at("/settings")).await.status, 403);
}
