internal import EventStore
internal import EventTypes
internal import Runtime

/// A shop that joins the catalogue.
struct RegisterMerchant: Codable, Sendable {
    let name: String
    let website: String

    func check() throws {
        var checks = FieldChecks()
        checks.text(name, "/name", 1...200)
        checks.address(website, "/website")
        try checks.finish()
    }
}

/// A shop or a category under another name.
struct Rename: Codable, Sendable {
    let name: String

    func check() throws {
        var checks = FieldChecks()
        checks.text(name, "/name", 1...200)
        try checks.finish()
    }
}

extension CatalogCommands {
    func register(
        _ body: RegisterMerchant, _ context: CommandContext
    ) async throws -> Committed<MerchantView> {
        try body.check()
        let id = ids.next(MerchantTag.self)
        return try await store.commit(context) { unit in
            try await unit.decide(
                Merchant.self, id,
                .register(
                    MerchantRegistered(merchantID: id, name: body.name, website: body.website)))
            return try await Self.view(id, unit)
        }
    }

    func rename(
        _ id: MerchantID, _ body: Rename, ifMatch: Int64?, _ context: CommandContext
    ) async throws -> Committed<MerchantView> {
        try body.check()
        return try await store.commit(context) { unit in
            unit.expect(Merchant.stream(id), ifMatch)
            try await unit.decide(Merchant.self, id, .rename(body.name))
            return try await Self.view(id, unit)
        }
    }

    private static func view(_ id: MerchantID, _ unit: UnitOfWork) async throws -> MerchantView {
        let state = try await unit.load(Merchant.self, id)
        return MerchantView(id: id, state, version: unit.version(of: Merchant.stream(id)))
    }
}
