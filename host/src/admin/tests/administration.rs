//! Orders about children and about applications.

use super::super::{ChildOrder, ClientError};
use super::{Server, Tested};

#[tokio::test]
async fn sup_24_every_order_about_a_child_has_its_route() -> Tested {
    let server = Server::start()?;
    let client = &server.client;
    assert_eq!(client.start_child("calls", "7", vec![]).await?.worker, "calls/7");
    assert_eq!(client.start_child_as("root", b"[child.own]".to_vec()).await?.worker, "own");
    for order in [ChildOrder::Terminate, ChildOrder::Restart, ChildOrder::Delete] {
        client.child_order("root", "a b/c", order).await?;
    }
    let asked = server.stub.asked();
    let orders = ["terminate a b/c of root", "restart a b/c of root", "delete a b/c of root"];
    assert_eq!(asked[..2], ["start calls 7 None", "start root as [child.own]"]);
    assert_eq!(asked[2..], orders);
    let children = client.children("calls").await?;
    assert_eq!((children.children[0].child.as_str(), children.children[0].state.as_str()), ("calls/7", "restarting"));
    assert_eq!(client.reload().await?.added, ["new"]);
    let none = client.children("no-worker").await;
    assert!(matches!(none, Err(ClientError::Failed(view)) if view.kind == "no-worker"));
    let (status, _) = server.raw("POST", "/v1/supervisors/root/children", None, b"\xff").await?;
    assert_eq!(status, 400);
    Ok(())
}

#[tokio::test]
async fn orders_to_applications_and_their_configurations_travel_both_ways() -> Tested {
    let server = Server::start()?;
    assert_eq!(server.client.applications().await?[0].name, "shop");
    server.client.start_application("a b").await?;
    assert_eq!(server.client.stop_application("shop").await?.needed_by, ["web"]);
    let mut changes = serde_json::Map::new();
    assert_eq!(server.client.change_config("shop", &changes).await?.told, 2);
    changes.insert("limit".to_owned(), serde_json::Value::Null);
    server.client.change_config("shop", &changes).await?;
    assert!(matches!(server.client.start_application("refused").await, Err(ClientError::Failed(_))));
    let expected = ["start a b", "stop shop", "config shop {}", "config shop {\"limit\":null}", "start refused"];
    assert_eq!(server.stub.asked(), expected);
    let (status, json) = server.raw("POST", "/v1/applications/shop/config", None, b"[1]").await?;
    assert_eq!((status, json["error"]["kind"].as_str()), (400, Some("bad-request")));
    Ok(())
}
