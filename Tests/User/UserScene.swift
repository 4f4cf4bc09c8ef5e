import Crypto
import EventTypes
import HTTP
import JSON
import ServiceKit
import TestSupport
import Testing

@testable import UserService

/// A user service with what tests do to it again and again.
struct UserScene {
    static let password = "a quiet lake in the north"
    static let adminEmail = "root@souk.example"
    static let adminPassword = "a loud river in the south"

    let service: ServiceHarness<UserService>

    static func with(
        _ settings: [String: String] = [:], _ body: (UserScene) async throws -> Void
    ) async throws {
        let key = Base64URL.encode([UInt8](repeating: 7, count: 32))
        let standard = [
            "SOUK_MASTER_KEY": key, "SOUK_CREDENTIAL_STEP": "0s",
            "SOUK_ADMIN_EMAIL": adminEmail, "SOUK_ADMIN_PASSWORD": adminPassword,
        ]
        try await ServiceHarness<UserService>.with(
            .database, settings: standard.merging(settings) { $1 }
        ) { service in try await body(UserScene(service: service)) }
    }

    // MARK: Requests

    func post(
        _ path: String, _ body: JSONValue, as caller: HarnessCaller = .none,
        from address: String? = nil
    ) async throws -> HarnessResponse {
        try await service.call(
            .post, "/api/v1/auth/\(path)", as: caller, body: body,
            headers: address.map { ["X-Forwarded-For": $0] } ?? [:])
    }

    func register(_ email: String, _ password: String = password) async throws -> HarnessResponse {
        try await post("register", ["email": .string(email), "password": .string(password)])
    }

    func verify(_ email: String, _ code: String) async throws -> HarnessResponse {
        try await post("verify", ["email": .string(email), "code": .string(code)])
    }

    func login(_ email: String, _ password: String = password) async throws -> HarnessResponse {
        try await post("login", ["email": .string(email), "password": .string(password)])
    }

    func refresh(_ token: String) async throws -> HarnessResponse {
        try await post("refresh", ["refresh_token": .string(token)])
    }

    func me(_ access: String) async throws -> HarnessResponse {
        try await service.call(.get, "/api/v1/users/me", as: .token(access))
    }

    // MARK: People

    /// Somebody who is verified and signed in.
    struct Person {
        let id: UserID
        let email: String
        let access: String
        let refresh: String

        var caller: HarnessCaller { .token(access) }
    }

    func person(_ email: String) async throws -> Person {
        #expect(try await register(email).status == 202)
        #expect(try await verify(email, try await lastMessage().code ?? "").status == 200)
        return try await signedIn(email)
    }

    func signedIn(_ email: String, _ password: String = password) async throws -> Person {
        let tokens = try await login(email, password)
        try #require(tokens.status == 200, "\(tokens.text)")
        let access = try #require(tokens.json["access_token"]?.string)
        let id = try await me(access).json["id"]?.string.flatMap { UserID($0) }
        return Person(
            id: try #require(id), email: email, access: access,
            refresh: try #require(tokens.json["refresh_token"]?.string))
    }

    /// The administrator whom the environment names.
    func administrator() async throws -> Person {
        let housekeeping = try #require(
            service.blueprint.components.first?.component as? UserHousekeeping)
        _ = try await housekeeping.administrator?.ensure()
        return try await signedIn(Self.adminEmail, Self.adminPassword)
    }

    // MARK: Messages

    /// The message asked for last, opened as whoever sends it does.
    func lastMessage() async throws -> (template: String, recipient: String, code: String?) {
        let message = try #require(try await service.published(EmailRequested.self).last)
        let key = try #require(try await subjectKey(message.userID))
        let stream = StreamID(category: "email", key: message.messageID)
        let recipient = try Sealing.open(
            message.recipient, key: key,
            context: SealContext(stream: stream, version: 1, field: "recipient"))
        let values = try Sealing.open(
            message.values, key: key,
            context: SealContext(stream: stream, version: 1, field: "values"))
        let code = try JSON.decode(JSONValue.self, from: Array(values.utf8))["code"]?.string
        return (message.template, recipient, code)
    }

    func subjectKey(_ user: UserID) async throws -> SubjectKey? {
        let response = try await service.call(
            .get, SubjectKeyDocument.path(of: user), as: .service("notification"))
        if response.status == 404 { return nil }
        let document: SubjectKeyDocument = try response.decode()
        return Base64URL.decode(document.key).flatMap { SubjectKey($0) }
    }
}

extension HarnessResponse {
    /// Everything that a client can tell answers apart by, but the request's own identifier.
    var appearance: String {
        let names = headers.map { $0.0.lowercased() }.sorted()
        let members = (json.object?.members ?? []).filter { $0.name != "instance" }
        return "\(status.code) \(names) \(members.map { "\($0.name): \($0.value)" }.sorted())"
    }
}
