internal import Database
internal import EventStore
internal import EventTypes

/// What `verify` checks about files.
struct MediaInvariants: Sendable {
    private static let pageSize = 500
    let files: MediaStore

    var all: [Invariant] {
        [
            Invariant(name: "every file has its content on disk, with its digest and length") {
                try await check($0)
            }
        ]
    }

    private func check(_ context: VerifyContext) async throws -> InvariantResult {
        var faults: [String] = []
        var examined = 0
        var last = MediaID(high: 0, low: 0)
        while faults.count < InvariantResult.violationLimit {
            let rows = try await context.pool.query(
                """
                select \(StoredMedia.columns) from media
                where deleted_at is null and id > \(last) order by id limit \(Self.pageSize)
                """, isReadOnly: true)
            if rows.isEmpty { break }
            for row in rows {
                let file = try StoredMedia(row)
                last = file.id
                examined += 1
                if let fault = try await fault(of: file) { faults.append(fault) }
            }
        }
        if faults.isEmpty { return .holds(examined: examined) }
        return .violated(Array(faults.prefix(InvariantResult.violationLimit)))
    }

    private func fault(of file: StoredMedia) async throws -> String? {
        guard let found = try await files.examine(file.sha256) else {
            return "The content of file \(file.id) is missing."
        }
        guard found.digest == file.sha256 else {
            return "The content of file \(file.id) has another digest than it had."
        }
        return found.length == Int(file.bytes)
            ? nil : "The content of file \(file.id) has another length than it had."
    }
}
