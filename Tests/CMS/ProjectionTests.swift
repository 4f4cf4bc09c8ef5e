import Database
import EventStore
import EventTypes
import HTTP
import JSON
import ServiceKit
import TestSupport
import Testing

@testable import CMSService

@Suite(.timeLimit(.minutes(10))) struct ProjectionTests {
    @Test func everyReadModelFoldedAfreshIsTheSame() async throws {
        try await Desk.with { desk in
            let page = try await desk.begin(body: "It's \"quoted\" \\ and\nÜnïcode")
            try await desk.publish(page)
            _ = try await desk.act(.put, on: page, body: Desk.content("two"))
            try await desk.publish(page, version: 2)
            let at = desk.harness.clock.now() + .seconds(60)
            _ = try await desk.act(
                on: page, "/schedule", body: ["version": 1, "at": .string(at.description)])
            let post = try await desk.begin("posts", "a")
            try await desk.publish(post)
            _ = try await desk.act(on: post, "/archive")
            let gone = try await desk.begin("posts", "b")
            try await desk.publish(gone)
            _ = try await desk.act(.delete, on: gone)
            let file = try await desk.upload(Samples.png)
            _ = try await desk.upload(Samples.png + [1])
            _ = try await desk.harness.call(
                .delete, "/api/v1/media/\(file.json["id"]?.string ?? "")", as: .admin)
            await desk.harness.settle()
            let reports = try await desk.harness.expectRebuildsAreIdentical()
            #expect(reports.allSatisfy { $0.rows.contains { $0 > 0 } }, "\(reports)")
            #expect(try await desk.get("/pages/offers").headers["Location"] == "/pages/two")
            #expect(try await desk.violations().isEmpty)
        }
    }

    @Test func aPersonWhoIsErasedTakesNoDocumentsAlong() async throws {
        try await Desk.with { desk in
            let page = try await desk.begin()
            try await desk.publish(page)
            let version = try await desk.harness.call(
                .get, desk.path(page) + "/versions/1", as: .admin)
            let author = try #require(version.json["author"]?.string.flatMap { UserID($0) })
            try await desk.harness.deliver(
                UserErased(userID: author), of: .userEvents)
            #expect(try await desk.get("/pages/offers").status == 200)
            #expect(try await desk.violations().isEmpty)
        }
    }
}
