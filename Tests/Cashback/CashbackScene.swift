internal import Crypto
internal import EventStore
internal import EventTypes
internal import HTTP
internal import JSON
internal import ServiceKit
internal import TestSupport

@testable internal import CashbackService

typealias CashbackHarness = ServiceHarness<CashbackService>

/// A cashback service with one live offer and one network that reports its sales.
struct CashbackScene {
    static let secret = "the-sandbox-secret-1"
    static let networkKey = "the-key-of-signed-network"
    static let offer: OfferID = identifier(3)
    static let owner: UserID = identifier(1)
    static let settings = [
        "SOUK_CLICK_KEY": "a-click-key-of-at-least-32-bytes-for-tests",
        "SOUK_NETWORK_KEYS": "{\"signed\": \"\(networkKey)\"}",
    ]

    let harness: CashbackHarness

    static func with<R>(
        _ storage: CashbackHarness.Storage = .database,
        settings: [String: String] = Self.settings,
        _ body: (CashbackScene) async throws -> R
    ) async throws -> R {
        try await CashbackHarness.with(storage, settings: settings) { harness in
            let scene = CashbackScene(harness: harness)
            try await scene.publish(scene.terms())
            _ = try await scene.configure("sandbox")
            return try await body(scene)
        }
    }

    // MARK: What there is

    func terms(version: Int = 1, basisPoints: Int64 = 500) -> OfferTerms {
        OfferTerms(
            version: version, reward: .percentage(basisPoints: basisPoints), currency: .usd,
            validFrom: harness.clock.now() - .seconds(60))
    }

    func publish(
        _ terms: OfferTerms, offer: OfferID = Self.offer, network: String = "sandbox"
    ) async throws {
        try await harness.deliver(
            CatalogOfferTermsPublished(
                offerID: offer, merchantID: identifier(2), title: "5 % back", network: network,
                trackingURL: "https://track.example/c?subid={click_id}&m=2", terms: terms),
            of: .catalogEvents)
    }

    func configure(_ network: String, signature: String? = nil) async throws -> HarnessResponse {
        var body: JSONObject = ["secret": .string(Self.secret)]
        if let signature { body["signature_header"] = .string(signature) }
        return try await harness.call(
            .put, "/api/v1/networks/\(network)", as: .admin, body: .object(body))
    }

    // MARK: What people do

    /// Leaves for the shop; returns the signed click identifier that the network gets.
    func leave(
        as caller: HarnessCaller = .customer(Self.owner), offer: OfferID = Self.offer
    ) async throws -> String {
        let response = try await harness.call(.get, "/go/\(offer)", as: caller)
        return Self.clickID(in: response)
    }

    static func clickID(in response: HarnessResponse) -> String {
        let location = response.headers["Location"] ?? ""
        guard let start = location.firstRange(of: "subid=")?.upperBound else { return "" }
        return String(location[start...].prefix { $0 != "&" })
    }

    // MARK: What networks do

    func fields(
        _ click: String, _ version: Int, _ status: String, amount: String = "29.33",
        action: String = "A-1", reason: String? = nil
    ) -> [(name: String, value: String)] {
        var fields = [
            ("secret", Self.secret), ("click_id", click), ("action_id", action),
            ("version", "\(version)"), ("amount", amount), ("currency", "USD"),
            ("status", status), ("sold_at", "2026-01-01T00:00:00Z"),
        ]
        if let reason { fields.append(("reason", reason)) }
        return fields.map { (name: $0.0, value: $0.1) }
    }

    /// By query.
    func report(
        _ fields: [(name: String, value: String)], network: String = "sandbox",
        headers: [String: String] = [:]
    ) async throws -> HarnessResponse {
        try await harness.call(
            .get, "/postbacks/\(network)?\(QueryParameters(fields).encoded)", headers: headers)
    }

    func reportForm(_ fields: [(name: String, value: String)]) async throws -> HarnessResponse {
        try await harness.call(
            .post, "/postbacks/sandbox", raw: Array(QueryParameters(fields).encoded.utf8),
            type: "application/x-www-form-urlencoded", key: .none)
    }

    func reportJSON(
        _ fields: [(name: String, value: String)], network: String = "sandbox",
        headers: [String: String] = [:]
    ) async throws -> HarnessResponse {
        var object = JSONObject()
        for field in fields { object[field.name] = .string(field.value) }
        return try await harness.call(
            .post, "/postbacks/\(network)", raw: try JSON.encode(JSONValue.object(object)),
            headers: headers, key: .none)
    }

    // MARK: What the wallet does

    func credit(_ conversion: ConversionID, _ cents: Int64 = 147) async throws {
        try await harness.deliver(
            WalletCashbackCredited(
                conversionID: conversion, userID: Self.owner, amount: try usd(cents),
                transactionID: identifier(800)), of: .walletEvents)
    }

    // MARK: What comes of it

    func steps(_ conversion: ConversionID) async throws -> [String] {
        await harness.settle()
        let response = try await harness.call(
            .get, "/api/v1/cashback/conversions/\(conversion)", as: .customer(Self.owner))
        return response.json["steps"]?.array?.compactMap { $0["state"]?.string } ?? []
    }

    func phase(_ conversion: ConversionID) async throws -> Conversion.Phase {
        try await harness.store.load(Conversion.self, conversion).state.phase
    }
}

extension HarnessResponse {
    /// The conversion that a postback was answered with.
    var conversion: ConversionID? {
        json["conversion_id"]?.string.flatMap { ConversionID($0) }
    }
}
