internal import Database
internal import EventStore
internal import EventTypes
internal import HTTP
internal import JSON
internal import ServiceKit

/// Which networks report sales, and how.
enum NetworkRoutes {
    static let nameBytes = 1...64
    static let statusLimit = 50

    static func make(_ context: ServiceContext, _ configure: ConfigureNetwork) -> RouteTable {
        let pool = context.pool
        var routes = RouteTable(tag: "networks")
        routes.put(
            "/api/v1/networks/{network}", "Let a network report sales", id: "configureNetwork",
            access: .roles([.admin]), waitsFor: ["networks"],
            description: "Without a mapping the fields have the plain names: action_id, click_id, "
                + "amount, currency, status, version, sold_at, reason. The secret is kept as a "
                + "digest only."
        ) { (call: Call<NetworkRequest>) -> Reply<NetworkView> in
            try check(call.body)
            let committed = try await configure(
                try call.path("network", as: String.self),
                ConfigureNetwork.Settings(
                    mapping: call.body.mapping ?? .plain, secret: call.body.secret,
                    secretField: call.body.secretField,
                    signatureHeader: call.body.signatureHeader),
                by: try call.user().userID, call.command)
            let settings = committed.result
            return Reply.ok(
                NetworkView(
                    network: settings.network, mapping: settings.mapping,
                    secretField: settings.secretField ?? ConfigureNetwork.secretField,
                    signatureHeader: settings.signatureHeader)
            ).committed(committed)
        }
        routes.get(
            "/api/v1/networks", "List the networks", id: "listNetworks",
            access: .roles([.admin, .finance]), waitsFor: ["networks"]
        ) { (call: Call<NoBody>) -> Reply<Page<NetworkView>> in
            let last = try call.page.after(String.self) ?? ""
            let rows = try await pool.query(
                """
                select network, mapping::text, secret_field, signature_header from networks
                where network > \(last)::text order by network limit \(call.page.fetchLimit)
                """, isReadOnly: true
            ).map { row in
                NetworkView(
                    network: try row.get(0),
                    mapping: try JSON.decode(
                        NetworkMapping.self, from: try row.get(1, as: String.self)),
                    secretField: try row.get(2), signatureHeader: try row.get(3))
            }
            return .ok(
                try call.page.page(rows) {
                    $0.network
                } item: {
                    $0
                })
        }
        return routes
    }

    /// - Throws: `Problem` that names every field at fault.
    private static func check(_ request: NetworkRequest) throws {
        var faults: [Problem.FieldFault] = []
        let range = ConfigureNetwork.secretBytes
        if !range.contains(request.secret.utf8.count) {
            faults.append(
                .init("/secret", "must have \(range.lowerBound) to \(range.upperBound) bytes"))
        }
        let names = request.mapping?.fieldNames ?? []
        for (field, name) in names where !nameBytes.contains(name.utf8.count) {
            faults.append(.init("/mapping/\(field)", "must have 1 to 64 bytes"))
        }
        if let field = request.secretField {
            if !nameBytes.contains(field.utf8.count) {
                faults.append(.init("/secret_field", "must have 1 to 64 bytes"))
            }
            if names.contains(where: { $0.name == field }) {
                faults.append(.init("/secret_field", "is mapped to something else"))
            }
        }
        if let header = request.signatureHeader, !isToken(header) {
            faults.append(.init("/signature_header", "is not the name of a header"))
        }
        let statuses = request.mapping?.statuses ?? [:]
        if statuses.count > statusLimit || statuses.keys.contains(where: { $0.utf8.count > 64 }) {
            faults.append(.init("/mapping/statuses", "has too many or too long words"))
        }
        if !faults.isEmpty { throw ProblemSlug.invalid.problem(errors: faults) }
    }

    private static func isToken(_ text: String) -> Bool {
        nameBytes.contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
                    || byte == UInt8(ascii: "-")
            }
    }
}

extension NetworkMapping {
    /// What is mapped, with the network's names.
    fileprivate var fieldNames: [(field: String, name: String)] {
        let all: [(String, String?)] = [
            ("action_id", actionID), ("click_id", clickID), ("amount", amount),
            ("currency", currency), ("status", status), ("version", version),
            ("sold_at", soldAt), ("reason", reason),
        ]
        return all.compactMap { field, name in name.map { (field, $0) } }
    }
}
