internal import EventTypes
internal import TestSupport
internal import Testing

@testable internal import CashbackService

@Suite("Postbacks") struct PostbackReaderTests {
    static let good = [
        "action_id": "A-1", "click_id": "signed", "amount": "29.33", "currency": "usd",
        "status": "approved", "version": "3", "sold_at": "2026-03-01T10:00:00Z",
    ]

    func read(
        _ fields: [String: String], mapping: NetworkMapping = .plain,
        extra: [(name: String, value: String)] = []
    ) throws(PostbackFault) -> Postback {
        try PostbackReader(network: "sandbox", mapping: mapping).read(
            fields.map { (name: $0.key, value: $0.value) } + extra, source: .postback, raw: "raw",
            receivedAt: noon, click: { $0 == "signed" ? identifier(5) : nil })
    }

    @Test func `it reads what the network says`() throws {
        let sale = try read(Self.good)
        #expect(sale.sale == (try usd(2_933)))
        #expect(sale.status == .approved)
        #expect(sale.version == 3)
        #expect(sale.soldAt == Timestamp("2026-03-01T10:00:00Z"))
        #expect(sale.clickID == identifier(5))
    }

    @Test func `another network's names, words and forms`() throws {
        let mapping = NetworkMapping(
            actionID: "tid", clickID: "sub1", amount: "cents", currency: nil, status: "state",
            version: "modified", soldAt: "ts", reason: nil,
            statuses: ["LOCKED": .approved], defaultCurrency: .eur, defaultStatus: .pending,
            amountForm: .minorUnits, timeForm: .unixSeconds)
        let sale = try read(
            [
                "tid": "9", "sub1": "signed", "cents": "2933", "state": "LOCKED",
                "modified": "2026-03-01T10:00:00Z", "ts": "1772452800",
            ], mapping: mapping)
        #expect(sale.sale == (try Money(minorUnits: 2_933, .eur)))
        #expect(sale.status == .approved)
        #expect(sale.version == Timestamp("2026-03-01T10:00:00Z")?.microseconds)
        #expect(sale.soldAt == noon)
        let fresh = try read(["tid": "9", "sub1": "signed", "cents": "1"], mapping: mapping)
        #expect(fresh.status == .pending)
        #expect(fresh.soldAt == noon)
    }

    @Test func `without a version, how far the sale is stands for it`() throws {
        var fields = Self.good
        fields["version"] = nil
        var versions: [Int64] = []
        for status in ["pending", "approved", "reversed"] {
            fields["status"] = status
            versions.append(try read(fields).version)
        }
        #expect(versions == versions.sorted())
        #expect(Set(versions).count == 3)
    }

    @Test(arguments: [
        ("action_id", ""), ("action_id", String(repeating: "a", count: 129)),
        ("click_id", "forged"), ("click_id", ""), ("amount", "29.333"), ("amount", "-1"),
        ("amount", "1e5"), ("amount", "99999999999999999999"), ("amount", "NaN"), ("amount", ""),
        ("currency", "XXX"), ("currency", "BTC"), ("status", "great"), ("version", "-1"),
        ("version", "two"), ("sold_at", "yesterday"),
    ]) func `what cannot be read names the field`(_ field: String, _ value: String) throws {
        var fields = Self.good
        fields[field] = value
        let fault = #expect(throws: PostbackFault.self) { try read(fields) }
        #expect(fault?.field == field)
    }

    @Test func `a field that stands twice is refused`() throws {
        let fault = #expect(throws: PostbackFault.self) {
            try read(Self.good, extra: [(name: "amount", value: "0.01")])
        }
        #expect(fault == PostbackFault(field: "amount", message: "given twice"))
    }

    @Test func `the raw text is kept up to its limit`() throws {
        let long = String(repeating: "x", count: PostbackReader.longestRaw + 10)
        let sale = try PostbackReader(network: "sandbox", mapping: .plain).read(
            Self.good.map { (name: $0.key, value: $0.value) }, source: .statement, raw: long,
            receivedAt: noon, click: { _ in identifier(5) })
        #expect(sale.raw.count == PostbackReader.longestRaw)
    }
}

@Suite("Statements") struct ReconciliationTests {
    func row(
        _ line: Int, _ action: String, _ status: SaleStatus, _ cents: Int64 = 2_933,
        version: Int64? = nil, click: ClickID = identifier(5)
    ) throws -> StatementRow {
        StatementRow(
            line: line,
            content: .success(
                Postback(
                    network: "sandbox", actionID: action, clickID: click,
                    version: version ?? status.impliedVersion, status: status,
                    sale: try usd(cents), soldAt: noon, reason: nil, source: .statement,
                    raw: action)), hasVersion: version != nil)
    }

    func known(
        _ phase: Conversion.Phase, _ cents: Int64 = 2_933, version: Int64 = 1
    ) throws -> KnownSale {
        KnownSale(
            clickID: identifier(5), phase: phase, sale: try usd(cents), latestVersion: version)
    }

    @Test func `each row is matched, missing, differing, repeated or unreadable`() throws {
        let fault = PostbackFault(field: "amount", message: "negative")
        let rows = [
            try row(1, "same", .approved), try row(2, "new", .pending),
            try row(3, "moved", .approved), try row(4, "changed", .approved, 1_000),
            try row(5, "same", .approved),
            StatementRow(line: 6, content: .failure(fault), hasVersion: false),
            try row(7, "stolen", .approved, click: identifier(99)),
        ]
        let result = Reconciliation(
            rows: rows,
            known: [
                "same": try known(.credited), "moved": try known(.pending, version: 5),
                "changed": try known(.credited, version: 2), "stolen": try known(.pending),
                "gone": try known(.approved),
            ], expected: ["same", "gone"])
        let findings = result.lines.map(\.finding)
        #expect(findings[0] == .matched)
        guard case .missing(let missing) = findings[1] else {
            Issue.record("\(findings[1])")
            return
        }
        #expect(missing.actionID == "new")
        #expect(findings[2].postback?.version == 6)
        #expect(findings[3].postback?.version == 3)
        #expect(findings[4] == .repeated(line: 1))
        #expect(findings[5] == .unreadable(fault))
        #expect(findings[6] == .clickDiffers(identifier(5)))
        #expect(result.absent == ["gone"])
    }

    @Test func `a version that the file gives is kept`() throws {
        let result = Reconciliation(
            rows: [try row(1, "a", .approved, version: 9)],
            known: ["a": try known(.pending, version: 5)])
        #expect(result.lines[0].finding.postback?.version == 9)
    }

    @Test func `importing the same statement again finds everything matched`() throws {
        let rows = [try row(1, "a", .approved), try row(2, "b", .declined)]
        let again = Reconciliation(
            rows: rows, known: ["a": try known(.approved), "b": try known(.declined)])
        #expect(again.lines.allSatisfy { $0.finding == .matched })
    }
}
