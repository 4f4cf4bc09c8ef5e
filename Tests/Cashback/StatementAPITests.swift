internal import EventTypes
internal import HTTP
internal import JSON
internal import ServiceKit
internal import TestSupport
internal import Testing

@testable internal import CashbackService

@Suite("Reconciling statements") struct StatementAPITests {
    func upload(
        _ scene: CashbackScene, _ text: String, query: String = "",
        as caller: HarnessCaller = .finance, key: HarnessKey = .none
    ) async throws -> HarnessResponse {
        try await scene.harness.call(
            .post, "/api/v1/cashback/statements/sandbox\(query)", as: caller,
            raw: Array(text.utf8), type: "text/csv", key: key)
    }

    func statuses(_ response: HarnessResponse) -> [String] {
        response.json["rows"]?.array?.compactMap { $0["status"]?.string } ?? []
    }

    static let header = "action_id,click_id,amount,currency,status,sold_at\r\n"

    @Test func `each row is reported, and the same file again changes nothing`() async throws {
        try await CashbackScene.with { scene in
            let click = try await scene.leave()
            for action in ["same", "moved", "ended", "gone"] {
                let status = action == "ended" ? "declined" : "pending"
                _ = try await scene.report(scene.fields(click, 1, status, action: action))
            }
            await scene.harness.settle()
            let sold = "USD,pending,2026-01-01T00:00:00Z"
            let text =
                Self.header + "same,\(click),29.33,\(sold)\r\n"
                + "moved,\(click),\"29.33\",USD,approved,\n"
                + "new,\(click),10.00,\(sold)\n" + "ended,\(click),29.33,USD,approved,\n"
                + "forged,A\(click),29.33,\(sold)\n" + "bad,\(click),1e5,\(sold)\n"
                + "short,\(click)\n" + "same,\(click),29.33,\(sold)\n"
            let period = "?from=2026-01-01T00:00:00Z&to=2026-02-01T00:00:00Z"
            let first = try await upload(scene, text, query: period)
            #expect(first.status == 200)
            #expect(
                statuses(first) == [
                    "matched", "updated", "created", "conflicting", "unknown_click", "bad_row",
                    "bad_row", "repeated",
                ])
            #expect(first.json["rows"]?[5]?["field"] == "amount")
            #expect(first.json["absent"] == ["gone"])
            #expect(first.json["counts"]?["bad_row"] == 2)

            let length = try await scene.harness.events().count
            let again = try await upload(scene, text)
            #expect(
                statuses(again) == [
                    "matched", "matched", "matched", "conflicting", "unknown_click", "bad_row",
                    "bad_row", "repeated",
                ])
            #expect(try await scene.harness.events().count == length)
            let approved = try await scene.harness.published(CashbackConversionApproved.self)
            #expect(approved.count == 1)
        }
    }

    @Test func `a key names one upload`() async throws {
        try await CashbackScene.with { scene in
            let click = try await scene.leave()
            let text = Self.header + "A-1,\(click),29.33,USD,approved,\n"
            let first = try await upload(scene, text, key: "monday")
            let again = try await upload(scene, text, key: "monday")
            #expect(statuses(first) == ["created"])
            #expect(statuses(again) == ["created"])
            #expect(again.headers["Idempotency-Replayed"] == "true")
            let other = try await upload(scene, text + "A-2,,,,,\n", key: "monday")
            #expect(other.problem == "idempotency-key-reused")
        }
    }

    @Test func `files that are no statements are refused whole`() async throws {
        try await CashbackScene.with(.memory) { scene in
            let click = try await scene.leave()
            let row = "A-1,\(click),29.33,USD,approved,\n"
            let many = String(repeating: row, count: StatementFile.rowLimit + 1)
            for text in [
                "", "\r\n", "action_id,amount\nA,1\n", "action_id,action_id\n",
                "secret," + Self.header, Self.header + "\"A", Self.header + "\"A\"x,1\n",
                Self.header + many,
            ] {
                let response = try await upload(scene, text)
                #expect(response.status == 422, "\(text.prefix(40))")
                #expect(response.problem == "statement-unreadable")
            }
            #expect(try await upload(scene, row, as: .none).status == 401)
            #expect(try await upload(scene, row, as: .support).status == 403)
            #expect(try await scene.harness.published(CashbackConversionTracked.self).isEmpty)
        }
    }

    @Test func `a file as long as is taken is recorded as one`() async throws {
        try await CashbackScene.with { scene in
            let click = try await scene.leave()
            let rows = (0..<StatementFile.rowLimit).map {
                "A-\($0),\(click),29.33,USD,approved,2026-01-01T00:00:00Z\r\n"
            }
            let response = try await upload(scene, Self.header + rows.joined())
            #expect(
                response.json["counts"]?["created"] == .integer(Int64(StatementFile.rowLimit)))
            let approved = try await scene.harness.published(CashbackConversionApproved.self)
            #expect(approved.count == StatementFile.rowLimit)
        }
    }

    @Test func `quotes, blank lines and a byte order mark are read`() throws {
        let file = try StatementFile(
            Array("\u{FEFF}a,b\r\n\r\n\"x, \"\"y\"\"\nz\",2\r\n,\n".utf8))
        #expect(file.columns == ["a", "b"])
        #expect(file.lines.map(\.values) == [["x, \"y\"\nz", "2"], ["", ""]])
        #expect(file.lines.map(\.number) == [1, 2])
        #expect(file.lines[0].raw == "\"x, \"\"y\"\"\nz\",2")
    }
}
