//! `/api/docs`: the reference of the JSON API, drawn from its OpenAPI document.
use askama::Template;
use axum::{Router, routing::get};
use utoipa::openapi::{OpenApi, PathItem, path::Operation};

use crate::web::{App, Page, Texts};

pub(super) fn routes() -> Router<App> {
    Router::new().route("/api/docs", get(show))
}

#[derive(Template)]
#[template(path = "api/docs.html")]
struct DocsPage {
    t: Texts,
    groups: Vec<Group>,
}

/// The operations under one first word of their paths.
struct Group {
    name: String,
    operations: Vec<Entry>,
}

/// One operation.
struct Entry {
    method: &'static str,
    path: String,
    summary: String,
    /// The scopes that its token carries.
    scopes: String,
    /// Status and what it says.
    answers: Vec<(String, String)>,
}

async fn show(t: Texts) -> Page<DocsPage> {
    Page::new(DocsPage {
        t,
        groups: groups(&super::whole()),
    })
}

fn groups(document: &OpenApi) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for (path, item) in &document.paths.paths {
        let name = path
            .strip_prefix("/api/v1/")
            .and_then(|rest| rest.split('/').find(|part| !part.starts_with('{')))
            .unwrap_or(path);
        // Under an organization the collection names the group.
        let name = match path.strip_prefix("/api/v1/organizations/{org}/") {
            Some(rest) => rest.split('/').next().unwrap_or(name),
            None => name,
        };
        let operations = operations(path, item);
        match groups.iter_mut().find(|group| group.name == name) {
            Some(group) => group.operations.extend(operations),
            None => groups.push(Group {
                name: name.to_owned(),
                operations,
            }),
        }
    }
    groups
}

fn operations(path: &str, item: &PathItem) -> Vec<Entry> {
    let methods = [
        ("GET", &item.get),
        ("POST", &item.post),
        ("PATCH", &item.patch),
        ("PUT", &item.put),
        ("DELETE", &item.delete),
    ];
    let of = |(method, operation): (&'static str, &Option<Operation>)| {
        operation
            .as_ref()
            .map(|operation| entry(method, path, operation))
    };
    methods.into_iter().filter_map(of).collect()
}

fn entry(method: &'static str, path: &str, operation: &Operation) -> Entry {
    let answers = operation.responses.responses.iter();
    let answers = answers.map(|(status, answer)| {
        let said = match answer {
            utoipa::openapi::RefOr::T(answer) => answer.description.clone(),
            utoipa::openapi::RefOr::Ref(_) => String::new(),
        };
        (status.clone(), said)
    });
    Entry {
        method,
        path: path.to_owned(),
        summary: operation.summary.clone().unwrap_or_default(),
        scopes: scopes(operation),
        answers: answers.collect(),
    }
}

/// The document writes them as JSON only.
fn scopes(operation: &Operation) -> String {
    let written = serde_json::to_value(&operation.security).unwrap_or_default();
    let lists = written.as_array().into_iter().flatten();
    let names = lists
        .filter_map(|requirement| requirement["bearer"].as_array())
        .flatten()
        .filter_map(|scope| scope.as_str());
    names.collect::<Vec<_>>().join(" ")
}
