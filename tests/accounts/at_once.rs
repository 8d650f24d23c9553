//! Many who prove the same thing at the same moment.
use std::fmt::Write;

use super::{code, one_code_wins, own::signed_in};
use crate::harness::Server;

/// Twenty people with addresses of their own.
async fn crowd() -> Server {
    let server = Server::spawn().await;
    let mut text = r#"
[[organizations]]
id = "7d1f0a52-3a3c-7f0e-9a4e-6f3d9b1c0001"
name = "Example Clinic"
"#
    .to_owned();
    for n in 0..20 {
        write!(
            text,
            "[[organizations.people]]\ngiven_name = \"Nora\"\nfamily_name = \"N{n}\"\n\
             email = \"nora{n}@example.test\"\npassword = \"correct horse battery staple\"\n\
             consumer = true\n"
        )
        .unwrap();
    }
    server.apply(&text).await;
    server
}

/// I-05: whoever is late gets a calm answer, and keeps the address that he had.
#[tokio::test(flavor = "multi_thread")]
async fn i_05_of_twenty_who_change_to_one_address_at_once_one_gets_it() {
    let server = crowd().await;
    let mut begun = Vec::new();
    for n in 0..20 {
        let browser = signed_in(&server, &format!("nora{n}@example.test")).await;
        let page = browser.open("/account/security/identifier").await;
        let new = format!("new{n}@example.test");
        let page = browser
            .submit(&page, "identifier-form", &[("username", &new)])
            .await;
        let page = browser.follow(page).await;
        begun.push((browser, page, code(&server.letter().await).to_owned()));
    }
    let mut tx = server.write().await;
    let same = "UPDATE new_identifiers SET value_norm = 'wanted@example.test'";
    tx.query(same).run().await.unwrap();
    tx.commit().await.unwrap();
    one_code_wins(begun).await;
    let mut tx = server.write().await;
    let kept = "SELECT COUNT(*) FROM login_identifiers WHERE value_norm LIKE 'nora%'
                OR value_norm = 'wanted@example.test'";
    let kept: (i64,) = tx.query(kept).one().await.unwrap();
    assert_eq!(kept.0, 20);
}
