import Foundation
import JSON
import Testing

/// Somebody who opens an account as people do, with the code out of the mail.
struct LivePerson: Sendable {
    let email: String
    let client: LiveClient

    static func registered(_ name: String, on platform: LivePlatform) async throws -> LivePerson {
        let email = "\(name)-\(UUID().uuidString.lowercased())@people.example"
        let password = UUID().uuidString
        let stranger = LiveClient(gateway: platform.gateway)
        let registration = try await stranger.call(
            "POST", "/api/v1/auth/register",
            ["email": .string(email), "password": .string(password)])
        #expect(registration.status == 202, "\(registration.json)")
        let code = try await Eventually.some {
            try await mail(to: email, on: platform).compactMap(Self.code).first
        }
        let verified = try await stranger.call(
            "POST", "/api/v1/auth/verify", ["email": .string(email), "code": .string(code)])
        #expect(verified.status == 200, "\(verified.json)")
        return LivePerson(
            email: email, client: try await stranger.signedIn(email, password))
    }

    /// What the mail server caught for an address.
    static func mail(to email: String, on platform: LivePlatform) async throws -> [JSONValue] {
        let answer = try await LiveClient(gateway: platform.sandbox).call(
            "GET", "/mail/messages?limit=500&to=\(email)")
        return answer.json["items"]?.array ?? []
    }

    func mail(on platform: LivePlatform) async throws -> [JSONValue] {
        try await Self.mail(to: email, on: platform)
    }

    private static func code(in mail: JSONValue) -> String? {
        let text = mail["text"]?.string ?? ""
        return text.split { !$0.isNumber }.first { $0.count == 6 }.map(String.init)
    }

    /// Pays in, and waits until it can be spent.
    func deposit(_ cents: Int64) async throws {
        let answer = try await client.call(
            "POST", "/api/v1/wallet/deposits",
            ["amount": ["amount_minor": .integer(cents), "currency": "USD"]])
        #expect(answer.status == 201, "\(answer.json)")
        try await Eventually.holds { try await balance() >= cents }
    }

    /// What can be spent.
    func balance() async throws -> Int64 {
        try await client.call("GET", "/api/v1/wallet/balance?currency=USD")
            .json["available_minor"]?.integer ?? 0
    }
}

/// What becomes true by itself, soon.
enum Eventually {
    /// A guard against waiting for ever, not an expectation.
    static let patience: Duration = .seconds(180)

    static func some<Value>(
        sourceLocation: SourceLocation = #_sourceLocation, _ body: () async throws -> Value?
    ) async throws -> Value {
        let deadline = ContinuousClock.now + patience
        while true {
            if let value = try await body() { return value }
            try #require(
                ContinuousClock.now < deadline, "it has not come about",
                sourceLocation: sourceLocation)
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    static func holds(
        sourceLocation: SourceLocation = #_sourceLocation, _ body: () async throws -> Bool
    ) async throws {
        _ = try await some(sourceLocation: sourceLocation) { try await body() ? true : nil }
    }
}
