internal import EventTypes
internal import HTTP
internal import JSON

/// Plays the affiliate network: reports sales with all the trouble that networks make.
struct DemoSales: Sendable {
    /// A sale with the click that led to it.
    struct Clicked: Sendable {
        let sale: DemoPlan.Sale
        let clickID: String
    }

    /// Rows of one statement.
    static let statementRows = 1_000

    let stage: DemoStage

    /// Leaves for the shop as a customer.
    ///
    /// - Returns: the signed identifier that the shop gets.
    func click(_ session: DemoSession) async throws -> String {
        var request = DemoClient.Request(.get, "/go/\(stage.offerID)", by: session)
        // The offer may not have arrived yet.
        request.passing = [404]
        return try Self.clickID(in: await stage.client.send(request))
    }

    /// The click in the address of the shop that a redirect leads to.
    static func clickID(in answer: DemoAnswer) throws(DemoFailure) -> String {
        let location = answer.headers["Location"] ?? ""
        let query = location.split(separator: "?", maxSplits: 1).last.map(String.init) ?? ""
        guard let click = QueryParameters(parsing: query)["click"], !click.isEmpty else {
            throw DemoFailure(
                call: "GET /go", status: answer.status, reason: "no click in \(location)")
        }
        return click
    }

    /// The first news of a sale.
    func reportFirst(_ clicked: Clicked) async throws {
        switch clicked.sale.manner {
        case .usual: try await report(clicked, version: 1, "pending")
        case .swapped: try await report(clicked, version: 2, "approved")
        case .late: break
        }
    }

    /// The second news of a sale.
    func reportSecond(_ clicked: Clicked) async throws {
        switch clicked.sale.manner {
        case .usual: try await report(clicked, version: 2, "approved")
        case .swapped: try await report(clicked, version: 1, "pending")
        case .late: break
        }
    }

    private func report(_ clicked: Clicked, version: Int, _ status: String) async throws {
        var form = QueryParameters(fields(clicked, version: version, status))
        form.add("secret", stage.networkSecret)
        var request = DemoClient.Request(.post, "/postbacks/\(Secrets.demoNetwork)")
        request.body = Array(form.encoded.utf8)
        request.type = "application/x-www-form-urlencoded"
        // A network's machines have several addresses.
        request.address = "198.51.100.\(clicked.sale.index % 200 + 1)"
        for _ in 0..<(clicked.sale.isRepeated ? 2 : 1) {
            _ = try await stage.client.send(request)
        }
    }

    private func fields(
        _ clicked: Clicked, version: Int, _ status: String
    ) -> [(name: String, value: String)] {
        let purchase = clicked.sale.purchase
        return [
            ("click_id", clicked.clickID), ("action_id", clicked.sale.actionID),
            ("version", String(version)), ("amount", purchase.amount.decimalText),
            ("currency", purchase.amount.currency.code), ("status", status),
            ("sold_at", purchase.soldAt.description),
        ]
    }

    /// Uploads the sales that were never reported, as finance does once a month.
    func uploadStatements(_ sales: [Clicked]) async throws {
        let late = sales.filter { $0.sale.manner == .late }
        for (number, start) in stride(from: 0, to: late.count, by: Self.statementRows).enumerated()
        {
            let rows = late[start..<min(start + Self.statementRows, late.count)]
            guard let first = rows.first else { continue }
            let header = fields(first, version: 2, "approved").map(\.name)
            let lines = rows.map { clicked in
                fields(clicked, version: 2, "approved").map(\.value).joined(separator: ",")
            }
            var request = DemoClient.Request(
                .post, "/api/v1/cashback/statements/\(Secrets.demoNetwork)")
            request.body = Array(
                ([header.joined(separator: ",")] + lines).joined(separator: "\r\n").utf8)
            request.type = "text/csv"
            request.session = stage.finance
            request.key = "\(stage.run)-statement-\(number)"
            _ = try await stage.client.send(request)
        }
    }
}
