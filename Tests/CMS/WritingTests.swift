import EventTypes
import HTTP
import JSON
import ServiceKit
import TestSupport
import Testing

@testable import CMSService

/// Drafts, versions and what the public reads of them.
@Suite(.timeLimit(.minutes(10))) struct WritingTests {
    @Test func theDraftAndThePublicVersionStandSideBySide() async throws {
        try await Desk.with { desk in
            let page = try await desk.begin(body: "The *first*.")
            #expect(page["state"] == "draft" && page["version"] == 1 && page["published"] == nil)
            #expect(try await desk.get("/pages/offers").status == 404)
            #expect(try await desk.get("/api/v1/pages").json["items"] == [])

            let shown = try await desk.publish(page)
            #expect(shown["state"] == "published" && shown["has_changes"] == false)
            #expect(shown["published"]?["url"] == "https://souk.example/pages/offers")
            let read = try await desk.get("/api/v1/pages/by-slug/offers")
            #expect(read.json["html"] == "<p>The <em>first</em>.</p>\n")

            let revised = try await desk.act(
                .put, on: page, body: Desk.content("offers", body: "The second."))
            #expect(revised.json["version"] == 2 && revised.json["has_changes"] == true)
            #expect(try await desk.get("/api/v1/pages/by-slug/offers").json["version"] == 1)
            #expect(try await desk.get("/pages/offers").text.contains("<em>first</em>"))

            try await desk.publish(page, version: 2)
            #expect(try await desk.get("/pages/offers").text.contains("The second."))
            // An older version can be published as well.
            try await desk.publish(page, version: 1)
            #expect(try await desk.get("/pages/offers").text.contains("<em>first</em>"))

            let down = try await desk.act(on: page, "/unpublish")
            #expect(down.json["state"] == "draft" && down.json["version"] == 2)
            #expect(try await desk.get("/pages/offers").status == 404)
            #expect(try await desk.violations().isEmpty)
            #expect(
                try await desk.harness.published(CMSDocumentPublished.self).map(\.version)
                    == [1, 2, 1])
            #expect(try await desk.harness.published(CMSDocumentUnpublished.self).count == 1)
        }
    }

    @Test func everyChangeNamesTheVersionThatItIsFor() async throws {
        try await Desk.with { desk in
            let page = try await desk.begin()
            let path = desk.path(page)
            let changes: [(HTTPMethod, String, JSONValue?)] = [
                (.put, "", Desk.content("offers", body: "y")),
                (.post, "/publish", ["version": 1]), (.post, "/unpublish", nil),
                (.post, "/schedule", ["version": 1, "at": "2027-01-01"]),
                (.delete, "/schedule", nil), (.post, "/archive", nil), (.post, "/restore", nil),
                (.post, "/versions/1/restore", nil), (.delete, "", nil),
            ]
            let events = try await desk.harness.events().count
            for (method, action, body) in changes {
                let blind = try await desk.harness.call(
                    method, path + action, as: .admin, body: body)
                #expect(blind.problem == "precondition-required", "\(action)")
                let stale = try await desk.harness.call(
                    method, path + action, as: .admin, body: body,
                    headers: ["If-Match": "\"7\""])
                #expect(stale.problem == "stale-version", "\(method) \(action)")
            }
            #expect(try await desk.harness.events().count == events)
            #expect(try await desk.harness.call(.get, path, as: .admin).headers["ETag"] == "\"1\"")
            let known = try await desk.harness.call(
                .get, path, as: .admin, headers: ["If-None-Match": "\"1\""])
            #expect(known.status == 304)
        }
    }

    @Test func aSlugBelongsToOneDocumentOfItsKind() async throws {
        try await Desk.with { desk in
            let first = try await desk.begin("pages", "offers")
            let taken = try await desk.harness.call(
                .post, "/api/v1/pages", as: .admin, body: Desk.content("offers"))
            #expect(taken.problem == "already-taken" && taken.faults == ["/slug"])
            _ = try await desk.begin("posts", "offers")
            let second = try await desk.begin("pages", "news")
            let moved = try await desk.act(.put, on: second, body: Desk.content("offers"))
            #expect(moved.problem == "already-taken" && moved.faults == ["/slug"])
            // A slug that was never public is free once the draft has another.
            _ = try await desk.act(.put, on: first, body: Desk.content("sales"))
            let now = try await desk.act(.put, on: second, body: Desk.content("offers"))
            #expect(now.status == 200)
            // The first version would be at an address that is somebody else's now.
            let back = try await desk.act(on: first, "/publish", body: ["version": 1])
            #expect(back.problem == "already-taken" && back.faults == ["/version"])
            #expect(try await desk.violations().isEmpty)
        }
    }

    @Test func anOldAddressLeadsToTheNewOne() async throws {
        try await Desk.with { desk in
            let page = try await desk.begin("pages", "one")
            try await desk.publish(page)
            _ = try await desk.act(.put, on: page, body: Desk.content("two"))
            // The address changes when the version with the new one is published.
            #expect(try await desk.get("/pages/one").status == 200)
            #expect(try await desk.get("/pages/two").status == 404)
            try await desk.publish(page, version: 2)
            let old = try await desk.get("/pages/one")
            #expect(old.status == 301 && old.headers["Location"] == "/pages/two")
            let json = try await desk.get("/api/v1/pages/by-slug/one")
            #expect(json.status == 301)
            #expect(json.headers["Location"] == "/api/v1/pages/by-slug/two")
            _ = try await desk.act(.put, on: page, body: Desk.content("three"))
            try await desk.publish(page, version: 3)
            #expect(try await desk.get("/pages/one").headers["Location"] == "/pages/three")
            // Nobody else gets an address that leads here.
            let other = try await desk.harness.call(
                .post, "/api/v1/pages", as: .admin, body: Desk.content("one"))
            #expect(other.problem == "already-taken")
            // And back again, without going round in circles.
            try await desk.publish(page, version: 1)
            #expect(try await desk.get("/pages/one").status == 200)
            #expect(try await desk.get("/pages/three").headers["Location"] == "/pages/one")
            _ = try await desk.act(on: page, "/unpublish")
            #expect(try await desk.get("/pages/three").status == 404)
            #expect(try await desk.violations().isEmpty)
        }
    }

    @Test func itIsPutAwayBroughtBackAndRemoved() async throws {
        try await Desk.with { desk in
            let page = try await desk.begin()
            try await desk.publish(page)
            let away = try await desk.act(on: page, "/archive")
            #expect(away.json["state"] == "archived")
            #expect(away.json["next"] == ["preview", "restore", "delete"])
            #expect(try await desk.get("/pages/offers").status == 404)
            for (method, action, body) in [
                (HTTPMethod.put, "", Desk.content("offers", body: "y")),
                (.post, "/publish", ["version": 1]),
            ] {
                let response = try await desk.act(method, on: page, action, body: body)
                #expect(response.problem == "document-archived")
            }
            let archived = try await desk.harness.call(
                .get, "/api/v1/pages/manage?state=archived", as: .admin)
            #expect(archived.json["items"]?.array?.count == 1)
            #expect(try await desk.act(on: page, "/restore").json["state"] == "draft")
            try await desk.publish(page)
            #expect(try await desk.act(.delete, on: page).status == 204)
            #expect(try await desk.get("/pages/offers").problem == "gone")
            #expect(try await desk.get("/api/v1/pages/by-slug/offers").problem == "gone")
            let gone = try await desk.harness.call(.get, desk.path(page), as: .admin)
            #expect(gone.problem == "gone")
            // The address is free, and its new owner is what is found there.
            let next = try await desk.begin(title: "The next")
            try await desk.publish(next)
            #expect(try await desk.get("/pages/offers").text.contains("The next"))
            #expect(try await desk.violations().isEmpty)
        }
    }

    @Test func everyVersionIsKept() async throws {
        try await Desk.with { desk in
            let page = try await desk.begin(body: "one")
            let path = desk.path(page)
            for text in ["two", "two", "three"] {
                _ = try await desk.act(.put, on: page, body: Desk.content("offers", body: text))
            }
            let list = try await desk.harness.call(.get, "\(path)/versions?limit=2", as: .admin)
            #expect(list.json["items"]?.array?.map { $0["version"] } == [3, 2])
            let next = try #require(list.json["next"]?.string)
            let rest = try await desk.harness.call(
                .get, "\(path)/versions?limit=2&cursor=\(next)", as: .admin)
            #expect(rest.json["items"]?.array?.map { $0["version"] } == [1])
            let first = try await desk.harness.call(.get, "\(path)/versions/1", as: .admin)
            #expect(first.json["body"] == "one" && first.json["html"] == "<p>one</p>\n")
            for number in ["0", "4", "-1", "x", "99999999999999999999"] {
                let none = try await desk.harness.call(
                    .get, "\(path)/versions/\(number)", as: .admin)
                #expect(none.status == 404)
            }
            let back = try await desk.act(on: page, "/versions/1/restore")
            #expect(back.json["version"] == 4 && back.json["body"] == "one")
        }
    }

    private static let changes: [(HTTPMethod, String)] = [
        (.post, ""), (.get, "/manage"), (.get, "/schedules"), (.get, "/{id}"), (.put, "/{id}"),
        (.delete, "/{id}"), (.get, "/{id}/versions"), (.get, "/{id}/versions/1"),
        (.get, "/{id}/versions/1/diff"),
        (.post, "/{id}/versions/1/restore"), (.post, "/{id}/publish"), (.post, "/{id}/unpublish"),
        (.post, "/{id}/schedule"), (.delete, "/{id}/schedule"), (.post, "/{id}/archive"),
        (.post, "/{id}/restore"), (.post, "/{id}/preview"),
    ]

    @Test(arguments: ["pages", "posts"]) func onlyAdministratorsWrite(kind: String) async throws {
        try await Desk.with(.memory) { desk in
            for (method, rest) in Self.changes {
                let path =
                    "/api/v1/\(kind)"
                    + rest.replacing(
                        "{id}", with: "01920000-0000-7000-8000-00000000ffff")
                let nobody = try await desk.harness.call(method, path)
                #expect(nobody.status == 401, "\(method) \(path)")
                let customer = try await desk.harness.call(
                    method, path, as: .customer(UserID(high: 1, low: 1)))
                #expect(customer.status == 403, "\(method) \(path)")
                for caller in [HarnessCaller.support, .finance] {
                    let staff = try await desk.harness.call(method, path, as: caller)
                    #expect(staff.status == 403, "\(method) \(path)")
                }
            }
            #expect(try await desk.harness.events().isEmpty)
        }
    }

    /// A body, and the places that the answer must point at.
    private static let wrong: [(JSONValue, [String])] = [
        ([:], ["/slug"]),
        (["slug": "a", "title": "A", "body": 7], ["/body"]),
        (["slug": "../a", "title": "", "body": "x"], ["/slug", "/title"]),
        (["slug": "A b", "title": "   ", "body": "x"], ["/slug", "/title"]),
        (["slug": "a", "title": "a\u{0}b", "body": "x\u{0}y"], ["/title", "/body"]),
        (["slug": "a", "title": "a\nb", "body": "x\u{1B}[2J"], ["/title", "/body"]),
        (
            ["slug": "a", "title": .string(String(repeating: "t", count: 201)), "body": "x"],
            ["/title"]
        ),
        (
            [
                "slug": "a", "title": "A", "body": "x",
                "summary": .string(String(repeating: "s", count: 501)),
            ], ["/summary"]
        ),
        (
            [
                "slug": "a", "title": "A",
                "body": .string(String(repeating: "line\n", count: 30_000)),
            ], ["/body"]
        ),
        (
            ["slug": "a", "title": "A", "body": .string(String(repeating: "> ", count: 30))],
            ["/body"]
        ),
    ]

    @Test func badInputIsPointedAtAndChangesNothing() async throws {
        try await Desk.with(.memory) { desk in
            for (body, faults) in Self.wrong {
                let response = try await desk.harness.call(
                    .post, "/api/v1/posts", as: .admin, body: body)
                #expect(response.status == 422, "\(response.text)")
                #expect(response.faults == faults, "\(response.text)")
            }
            let page = try await desk.begin()
            let count = try await desk.harness.events().count
            let bad: [(String, JSONValue, [String])] = [
                ("/publish", ["version": 2], ["/version"]),
                ("/publish", ["version": 0], ["/version"]),
                ("/publish", ["version": 9_223_372_036_854_775_807], ["/version"]),
                ("/schedule", ["version": 1, "at": "2020-01-01T00:00:00Z"], ["/at"]),
                ("/schedule", ["version": 1, "at": "2099-01-01T00:00:00Z"], ["/at"]),
                ("/schedule", ["version": 1, "at": "soon"], ["/at"]),
                ("/schedule", ["version": 9, "at": "2026-06-01T00:00:00Z"], ["/version"]),
                ("/preview", ["version": 2], ["/version"]),
                ("/preview", ["version": 1, "expires_in_seconds": 1], ["/expires_in_seconds"]),
            ]
            for (action, body, faults) in bad {
                let response = try await desk.act(on: page, action, body: body)
                #expect(response.status == 422 && response.faults == faults, "\(response.text)")
            }
            // A page is no post.
            let id = page["id"]?.string ?? ""
            let other = try await desk.harness.call(.get, "/api/v1/posts/\(id)", as: .admin)
            #expect(other.status == 404)
            #expect(try await desk.harness.events().count == count)
        }
    }

    @Test func aRepeatedRequestIsDoneOnce() async throws {
        try await Desk.with { desk in
            let body = Desk.content("offers")
            let first = try await desk.harness.call(
                .post, "/api/v1/pages", as: .admin, body: body, key: "a")
            let again = try await desk.harness.call(
                .post, "/api/v1/pages", as: .admin, body: body, key: "a")
            #expect(again.status == 201 && again.json["id"] == first.json["id"])
            #expect(again.headers["Idempotency-Replayed"] == "true")
            let other = try await desk.harness.call(
                .post, "/api/v1/pages", as: .admin, body: Desk.content("news"), key: "a")
            #expect(other.problem == "idempotency-key-reused")
            let none = try await desk.harness.call(
                .post, "/api/v1/pages", as: .admin, body: body, key: .none)
            #expect(none.problem == "missing-idempotency-key")
        }
    }
}
