import EventTypes
import HTTP
import JSON
import ServiceKit
import TestSupport
import Testing

@testable import NotificationService

@Suite(.timeLimit(.minutes(10))) struct NotificationAPITests {
    private let ann: UserID = SequentialIdentifiers.identifier(501)
    private let bob: UserID = SequentialIdentifiers.identifier(502)
    private let path = "/api/v1/notifications"

    private func tell(_ harness: NotificationHarness, _ user: UserID, times: Int = 1) async throws {
        for _ in 0..<times {
            try await harness.deliver(OrderFulfilled.of(user), of: .orderEvents)
        }
    }

    private func items(
        _ harness: NotificationHarness, _ query: String = "", as user: UserID
    ) async throws -> [JSONValue] {
        try await harness.call(.get, path + query, as: .customer(user)).json["items"]?.array ?? []
    }

    private func unread(_ harness: NotificationHarness, _ user: UserID) async throws -> JSONValue? {
        try await harness.call(.get, path + "/unread-count", as: .customer(user)).json["unread"]
    }

    @Test func aListIsReadAndCleared() async throws {
        try await NotificationHarness.with(.database) { harness in
            try await tell(harness, ann, times: 3)
            try await tell(harness, bob)
            let all = try await items(harness, as: ann)
            #expect(all.count == 3)
            #expect(all[0]["type"] == "order_fulfilled" && all[0]["is_read"] == false)
            #expect(all[0]["action_url"]?.string?.hasPrefix("/api/v1/orders/") == true)
            #expect(try await unread(harness, ann) == 3)
            let ids = all.compactMap { $0["id"]?.string }

            let read = try await harness.call(
                .put, "\(path)/\(ids[1])/read", as: .customer(ann))
            #expect(read.status == 200 && read.json["is_read"] == true)
            #expect(read.headers["ETag"] == "\"2\"")
            let again = try await harness.call(
                .put, "\(path)/\(ids[1])/read", as: .customer(ann))
            #expect(again.status == 200 && again.json["read_at"] == read.json["read_at"])
            #expect(try await items(harness, "?state=read", as: ann).count == 1)
            #expect(try await items(harness, "?state=unread", as: ann).count == 2)

            let removed = try await harness.call(
                .delete, "\(path)/\(ids[0])", as: .customer(ann))
            #expect(removed.status == 204)
            #expect(try await unread(harness, ann) == 1)
            #expect(
                try await items(harness, as: ann).compactMap { $0["id"]?.string }
                    == [ids[1], ids[2]])
            let gone = try await harness.call(
                .put, "\(path)/\(ids[0])/read", as: .customer(ann))
            #expect(gone.problem == "not-found")
            let events = try await harness.published(NotificationRead.self)
            #expect(events.count == 1)
            #expect(try await unread(harness, bob) == 1)
        }
    }

    @Test func pagesFollowOneAnother() async throws {
        try await NotificationHarness.with(.database) { harness in
            try await tell(harness, ann, times: 5)
            let first = try await harness.call(.get, path + "?limit=2", as: .customer(ann))
            let next = try #require(first.json["next"]?.string)
            #expect(first.headers["Link"]?.contains("rel=\"next\"") == true)
            let second = try await items(harness, "?limit=2&cursor=\(next)", as: ann)
            let seen = (first.json["items"]?.array ?? []) + second
            #expect(Set(seen.compactMap { $0["id"]?.string }).count == 4)
            let foreign = try await harness.call(
                .get, path + "?cursor=nonsense", as: .customer(ann))
            #expect(foreign.status == 422)
            let state = try await harness.call(.get, path + "?state=old", as: .customer(ann))
            #expect(state.status == 422)
        }
    }

    @Test func allAreReadOrThoseUpToOne() async throws {
        try await NotificationHarness.with(.database) { harness in
            try await tell(harness, ann, times: 4)
            let ids = try await items(harness, as: ann).compactMap { $0["id"]?.string }
            let some = try await harness.call(
                .put, "\(path)/read", as: .customer(ann), body: ["up_to": .string(ids[2])])
            #expect(some.status == 200 && some.json["unread"] == 2)
            #expect(try await unread(harness, ann) == 2)
            let all = try await harness.call(
                .put, "\(path)/read", as: .customer(ann), body: [:])
            #expect(all.json["unread"] == 0)
            #expect(try await unread(harness, ann) == 0)
            #expect(try await harness.published(NotificationRead.self).count == 4)
            let foreign = try await harness.call(
                .put, "\(path)/read", as: .customer(bob), body: ["up_to": .string(ids[2])])
            #expect(foreign.status == 422 && foreign.faults == ["/up_to"])
        }
    }

    @Test func otherPeoplesAreNotThere() async throws {
        try await NotificationHarness.with(.database) { harness in
            try await tell(harness, ann)
            let id = try #require(try await items(harness, as: ann)[0]["id"]?.string)
            for (method, target) in [
                (HTTPMethod.get, id), (.put, "\(id)/read"), (.delete, id),
                (.get, "not-an-identifier"),
            ] {
                let response = try await harness.call(
                    method, "\(path)/\(target)", as: .customer(bob))
                #expect(response.problem == "not-found", "\(method) \(target)")
            }
            #expect(try await harness.call(.get, path).status == 401)
            let own = try await harness.call(.get, "\(path)/\(id)", as: .customer(ann))
            #expect(own.status == 200 && own.headers["ETag"] == "\"1\"")
        }
    }

    @Test func whoHasTheListGetsItOnlyWhenItChanges() async throws {
        try await NotificationHarness.with(.database) { harness in
            try await tell(harness, ann)
            let tag = try #require(
                try await harness.call(.get, path, as: .customer(ann)).headers["ETag"])
            let same = try await harness.call(
                .get, path, as: .customer(ann), headers: ["If-None-Match": tag])
            #expect(same.status == 304)
            try await tell(harness, ann)
            let other = try await harness.call(
                .get, path, as: .customer(ann), headers: ["If-None-Match": tag])
            #expect(other.status == 200)
        }
    }

    @Test func preferencesDecideWhatIsRaised() async throws {
        try await NotificationHarness.with(.database) { harness in
            let target = path + "/preferences"
            let before = try await harness.call(.get, target, as: .customer(ann))
            let count = before.json["items"]?.array?.count
            #expect(count == PreferenceSubject.all.count && before.headers["ETag"] == "\"0\"")

            func put(_ items: JSONValue, _ tag: String? = nil) async throws -> HarnessResponse {
                try await harness.call(
                    .put, target, as: .customer(ann), body: ["items": items],
                    headers: tag.map { ["If-Match": $0] } ?? [:])
            }
            let silent: JSONValue = [
                "type": "order_fulfilled", "in_app": false, "email": false, "live": false,
            ]
            let set = try await put([silent], "\"0\"")
            #expect(set.status == 200 && set.headers["ETag"] == "\"1\"")
            #expect(try await put([silent], "\"0\"").status == 412)
            try await tell(harness, ann)
            #expect(try await harness.published(NotificationRaised.self).isEmpty)

            let mailOnly: JSONValue = [
                "type": "order_fulfilled", "in_app": false, "email": true, "live": false,
            ]
            #expect(try await put([mailOnly]).status == 200)
            try await tell(harness, ann)
            #expect(try await harness.published(NotificationRaised.self).count == 1)
            #expect(try await items(harness, as: ann).isEmpty)

            let unsafe = try await put([
                silent,
                ["type": "withdrawal_requested", "in_app": true, "email": false, "live": true],
            ])
            #expect(unsafe.problem == "email-required" && unsafe.faults == ["/items/1/email"])
            let unknown = try await put([
                ["type": "gossip", "in_app": true, "email": false, "live": true]
            ])
            #expect(unknown.status == 422 && unknown.faults == ["/items/0/type"])
            let malformed = try await put([["type": "welcome", "in_app": 1]])
            #expect(malformed.status == 422)
        }
    }

    @Test func ofTheErasedNothingIsShownOrRaised() async throws {
        try await NotificationHarness.with(.database) { harness in
            try await tell(harness, ann, times: 2)
            let id = try #require(try await items(harness, as: ann)[0]["id"]?.string)
            try await harness.deliver(UserErased(userID: ann), of: .userEvents)
            try await tell(harness, ann)
            #expect(try await items(harness, as: ann).isEmpty)
            #expect(try await unread(harness, ann) == 0)
            let one = try await harness.call(.get, "\(path)/\(id)", as: .customer(ann))
            #expect(one.problem == "not-found")
            #expect(try await harness.published(NotificationRaised.self).count == 2)
        }
    }

    @Test func messagesAreForSupport() async throws {
        try await NotificationHarness.with(.database) { harness in
            try await tell(harness, ann)
            let own = try await harness.call(.get, "/api/v1/messages", as: .customer(ann))
            #expect(own.status == 403)
            let all = try await harness.call(.get, "/api/v1/messages", as: .admin)
            #expect(all.json["items"]?[0]?["state"] == "requested")
            let none = try await harness.call(
                .get, "/api/v1/messages?state=sent", as: .support)
            #expect(none.json["items"]?.array?.isEmpty == true)
            let wrong = try await harness.call(.get, "/api/v1/messages?state=x", as: .support)
            #expect(wrong.status == 422)
        }
    }
}
