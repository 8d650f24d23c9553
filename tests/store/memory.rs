//! What nodes keep in memory: nothing of it is served after the commit that touched it, here
//! at once, elsewhere once the other node has looked, which it does twice a second (I-52).
use tutela::{
    capacity::Standings,
    clients::{self, Client, Clients, Consent},
    guardianship::{self, EndedReason},
    id::AccountId,
    organizations::Organizations,
    store::Store,
};

use crate::harness::{App, Browser, EMILY, JOHN, Server};

const SCOPE: &str = "openid patient/Immunization.rs offline_access";

/// A node with a memory of its own.
struct Node {
    store: Store,
    clients: Clients,
    standings: Standings,
    organizations: Organizations,
}

impl Node {
    async fn over(server: &Server) -> Self {
        Self {
            store: server.another_node().await,
            clients: Clients::default(),
            standings: Standings::default(),
            organizations: Organizations::default(),
        }
    }

    async fn family_app(&self) -> std::sync::Arc<Client> {
        let found = self.clients.find(&self.store, "family-app").await.unwrap();
        found.unwrap()
    }

    /// For how many John may choose to act.
    async fn choices(&self) -> usize {
        let client = self.family_app().await;
        let choices =
            self.standings
                .choices(&self.store, &self.organizations, account(JOHN), &client);
        choices.await.unwrap().len()
    }

    async fn has_consent(&self, consent: &Consent) -> bool {
        let found = self.clients.allowed(&self.store, consent).await.unwrap();
        found.is_some()
    }
}

fn account(id: &str) -> AccountId {
    id.parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_consent_that_was_taken_back_is_forgotten_on_every_node() {
    let server = Server::spawn().await;
    let nodes = [Node::over(&server).await, Node::over(&server).await];
    let (app, browser) = (App::family(&server), Browser::new(&server.url));
    app.code(&browser, SCOPE, EMILY).await;
    let mut tx = nodes[0].store.write().await.unwrap();
    let given = clients::consents_of(&mut tx, account(JOHN)).await.unwrap();
    let (id, consent) = (given[0].id, &given[0].consent);
    for node in &nodes {
        assert!(node.has_consent(consent).await);
    }
    let is_done = clients::withdraw(&mut tx, id, account(JOHN)).await.unwrap();
    assert!(is_done);
    tx.commit().await.unwrap();
    assert!(!nodes[0].has_consent(consent).await);
    nodes[1].store.see_changes().await.unwrap();
    assert!(!nodes[1].has_consent(consent).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn whom_one_may_act_for_is_looked_up_anew_when_a_relation_ends() {
    let server = Server::spawn().await;
    let nodes = [Node::over(&server).await, Node::over(&server).await];
    for node in &nodes {
        assert_eq!(node.choices().await, 2); // himself and Emily
        assert_eq!(node.choices().await, 2);
    }
    let mut tx = nodes[0].store.write().await.unwrap();
    let relations = guardianship::of_guardian(&mut tx, account(JOHN)).await;
    let id = relations.unwrap()[0].id;
    let is_done = guardianship::end(&mut tx, id, EndedReason::Revoked, None).await;
    assert!(is_done.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(nodes[0].choices().await, 1);
    nodes[1].store.see_changes().await.unwrap();
    assert_eq!(nodes[1].choices().await, 1);
}

/// A relation may begin by itself: what is kept are the rows, not what they mean now.
#[tokio::test(flavor = "multi_thread")]
async fn whom_one_may_act_for_follows_the_clock() {
    let server = Server::spawn().await;
    let node = Node::over(&server).await;
    assert_eq!(node.choices().await, 2);
    server.later(11 * 366 * 24 * 3600); // Emily has come of age
    node.store.see_changes().await.unwrap();
    assert_eq!(node.choices().await, 1);
    server.later(-11 * 366 * 24 * 3600);
    assert_eq!(node.choices().await, 2);
}
