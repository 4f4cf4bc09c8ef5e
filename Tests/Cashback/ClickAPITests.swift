internal import EventTypes
internal import HTTP
internal import JSON
internal import Runtime
internal import ServiceKit
internal import TestSupport
internal import Testing

@testable internal import CashbackService

@Suite("Leaving for a shop") struct ClickAPITests {
    @Test func `a click is durable, pins the terms and carries a signed identifier`() async throws {
        try await CashbackScene.with { scene in
            let harness = scene.harness
            let response = try await harness.call(
                .get, "/go/\(CashbackScene.offer)", as: .customer(CashbackScene.owner))
            #expect(response.status == 302)
            let location = try #require(response.headers["Location"])
            #expect(location.hasPrefix("https://track.example/c?subid="))
            #expect(location.hasSuffix("&m=2"))
            #expect(CashbackScene.clickID(in: response).utf8.count == 43)

            try await scene.publish(scene.terms(version: 2, basisPoints: 900))
            _ = try await scene.leave(as: .none)
            let clicks = try await harness.published(CashbackClickRecorded.self)
            #expect(clicks.map(\.termsVersion) == [1, 2])
            #expect(clicks.map(\.userID) == [CashbackScene.owner, nil])

            await harness.settle()
            let list = try await harness.call(
                .get, "/api/v1/cashback/clicks", as: .customer(CashbackScene.owner))
            #expect(list.json["items"]?.array?.count == 1)
            #expect(list.json["items"]?[0]?["offer_title"] == "5 % back")
        }
    }

    @Test func `a link names its customer, for its own offer only`() async throws {
        try await CashbackScene.with { scene in
            let harness = scene.harness
            let made = try await harness.call(
                .post, "/api/v1/cashback/links", as: .customer(CashbackScene.owner),
                body: ["offer_id": .string("\(CashbackScene.offer)")])
            let url = try #require(made.json["url"]?.string)
            let target = try #require(url.firstRange(of: "/go/")).lowerBound
            _ = try await harness.call(.get, String(url[target...]))
            #expect(
                try await harness.published(CashbackClickRecorded.self).map(\.userID)
                    == [CashbackScene.owner])

            let other: OfferID = identifier(33)
            try await scene.publish(scene.terms(), offer: other)
            let token = String(url[try #require(url.firstRange(of: "?u=")).upperBound...])
            for target in ["/go/\(other)?u=\(token)", "/go/\(CashbackScene.offer)?u=\(token)A"] {
                #expect(try await harness.call(.get, target).status == 422)
            }
            #expect(try await harness.published(CashbackClickRecorded.self).count == 1)
        }
    }

    @Test func `only live offers take clicks, and looking is not leaving`() async throws {
        try await CashbackScene.with { scene in
            let harness = scene.harness
            let path = "/go/\(CashbackScene.offer)"
            #expect(try await harness.call(.head, path).status == 405)
            #expect(try await harness.call(.get, "/go/\(identifier(99) as OfferID)").status == 404)
            #expect(try await harness.call(.get, "/go/nothing").status == 404)
            #expect(try await harness.call(.get, path + "?region=Mars").status == 422)
            try await harness.deliver(
                CatalogOfferWithdrawn(offerID: CashbackScene.offer), of: .catalogEvents)
            let gone = try await harness.call(.get, path)
            #expect(gone.status == 410)
            #expect(gone.problem == "offer-ended")
            #expect(try await harness.published(CashbackClickRecorded.self).isEmpty)
        }
    }

    @Test func `the key of clicks is all that has to be set`() async throws {
        let settings = CashbackScene.settings.filter { $0.key == "SOUK_CLICK_KEY" }
        try await CashbackScene.with(.memory, settings: settings) { scene in
            let click = try await scene.leave()
            #expect(!click.isEmpty)
        }
        await #expect(throws: ConfigurationError.self) {
            try await CashbackScene.with(.memory, settings: ["SOUK_CLICK_KEY": "short"]) { _ in }
        }
    }

    @Test func `nothing new is attributed to somebody who was erased`() async throws {
        try await CashbackScene.with { scene in
            _ = try await scene.leave()
            try await scene.harness.deliver(
                UserErased(userID: CashbackScene.owner), of: .userEvents)
            _ = try await scene.leave()
            #expect(
                try await scene.harness.published(CashbackClickRecorded.self).map(\.userID)
                    == [CashbackScene.owner, nil])
            await scene.harness.settle()
            let list = try await scene.harness.call(
                .get, "/api/v1/cashback/clicks", as: .customer(CashbackScene.owner))
            #expect(list.json["items"]?.array?.isEmpty == true)
        }
    }
}
