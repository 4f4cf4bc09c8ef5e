import Database
import EventStore
import EventTypes
import Foundation
import HTTP
import JSON
import Runtime
import ServiceKit
import TestSupport
import Testing

@testable import CMSService

typealias CMSHarness = ServiceHarness<CMSService>

/// The service in a test, with a directory of its own and shorthands for what most tests need.
struct Desk: Sendable {
    let harness: CMSHarness
    /// Where files are kept.
    let directory: String

    static func with<R>(
        _ storage: CMSHarness.Storage = .database, settings: [String: String] = [:],
        _ body: (Desk) async throws -> R
    ) async throws -> R {
        let folder = NSTemporaryDirectory() + "/souk-cms-\(UUID().uuidString)"
        let directory = folder + "/media"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        var all = ["SOUK_MEDIA_DIRECTORY": directory, "SOUK_PUBLIC_URL": "https://souk.example"]
        all.merge(settings) { $1 }
        return try await CMSHarness.with(storage, settings: all) {
            try await body(Desk(harness: $0, directory: directory))
        }
    }

    static func content(
        _ slug: String, title: String = "Offers of the day", body: String = "Hello *there*."
    ) -> JSONValue {
        ["slug": .string(slug), "title": .string(title), "body": .string(body)]
    }

    /// A new document, as the service shows it.
    func begin(
        _ kind: String = "pages", _ slug: String = "offers", title: String = "Offers of the day",
        body: String = "Hello *there*.", sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> JSONValue {
        let response = try await harness.call(
            .post, "/api/v1/\(kind)", as: .admin,
            body: Self.content(slug, title: title, body: body))
        #expect(response.status == 201, "\(response.text)", sourceLocation: sourceLocation)
        return response.json
    }

    /// Does something to a document as it is now.
    func act(
        _ method: HTTPMethod = .post, on document: JSONValue, _ action: String = "",
        body: JSONValue? = nil
    ) async throws -> HarnessResponse {
        let now = try await harness.call(.get, path(document), as: .admin)
        return try await harness.call(
            method, path(document) + action, as: .admin, body: body,
            headers: ["If-Match": now.headers["ETag"] ?? ""])
    }

    @discardableResult
    func publish(
        _ document: JSONValue, version: Int64 = 1,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> JSONValue {
        let response = try await act(
            on: document, "/publish", body: ["version": .integer(version)])
        #expect(response.status == 200, "\(response.text)", sourceLocation: sourceLocation)
        return response.json
    }

    func path(_ document: JSONValue) -> String {
        "/api/v1/\(document["kind"]?.string ?? "")s/\(document["id"]?.string ?? "")"
    }

    func get(_ path: String, _ headers: [String: String] = [:]) async throws -> HarnessResponse {
        try await harness.call(.get, path, headers: headers)
    }

    /// Sends a file.
    func upload(
        _ bytes: [UInt8], name: String = "cover.png", type: String = "application/octet-stream",
        key: HarnessKey = .none
    ) async throws -> HarnessResponse {
        try await harness.call(
            .post, "/api/v1/media?name=\(PercentCoding.encode(name))", as: .admin, raw: bytes,
            type: type, key: key)
    }

    /// The paths of everything in the directory, the lock apart.
    var files: [String] {
        let found = FileManager.default.enumerator(atPath: directory)?.compactMap { $0 as? String }
        return (found ?? []).filter { path in
            var isFolder: ObjCBool = false
            _ = FileManager.default.fileExists(
                atPath: "\(directory)/\(path)", isDirectory: &isFolder)
            return !isFolder.boolValue && path != "lock"
        }.sorted()
    }

    /// What each invariant of the service found wrong.
    func violations() async throws -> [String] {
        var all: [String] = []
        for invariant in harness.blueprint.invariants {
            let result = try await invariant.check(
                .init(pool: harness.context.pool, store: harness.store))
            if case .violated(let faults) = result { all += faults }
        }
        return all
    }
}
