internal import Crypto
internal import EventStore
internal import EventTypes
internal import HTTP
internal import Runtime
internal import ServiceKit

/// Takes files in, and gives them up.
struct MediaCommands: Sendable {
    /// How many bytes go to the disk at once.
    static let piece = 262_144

    let store: any EventStore
    let ids: any IdentifierGenerator
    let clock: any WallClock
    let random: any RandomSource
    let files: MediaStore
    let detector: TypeDetector
    let limit: Int

    /// A file as a client sends it.
    struct Upload: Sendable {
        let name: String
        /// The media type that it is said to have; nil where nothing is said.
        let declared: String?
        let body: HTTPBody
        let author: UserID
    }

    /// Receives a file, to its end, before anything is recorded. Whatever ends it early leaves
    /// nothing behind.
    func upload(
        _ upload: Upload, _ context: CommandContext
    ) async throws -> Committed<MediaView> {
        let name = try Self.name(upload.name)
        if let length = upload.body.length, length > limit {
            throw HTTPBodyError.tooLarge(limit: limit)
        }
        let file = try await files.receive(random: random)
        let form = try await receive(upload, into: file)
        let digest = try await file.finish()
        try await files.keep(file, as: digest)
        let stored = MediaStored(
            mediaID: ids.next(MediaTag.self), name: FileName.ending(name, as: form), form: form,
            bytes: Int64(file.length), sha256: digest, uploadedBy: upload.author,
            storedAt: clock.now())
        return try await store.commit(Self.context(context, of: digest)) { unit in
            try await unit.decide(Media.self, stored.mediaID, .store(stored))
            return MediaView(stored)
        }
    }

    private static func name(_ text: String) throws -> String {
        let name = FileName.normalised(text)
        if let fault = FileName.fault(of: name) { throw Problem.queryFault("name", fault) }
        return name
    }

    /// The same key with another content is another request.
    private static func context(_ context: CommandContext, of digest: String) -> CommandContext {
        guard let key = context.idempotency else { return context }
        var context = context
        context.idempotency = IdempotencyKey(
            scope: key.scope, key: key.key,
            fingerprint: Digest.sha256(key.fingerprint + Array(digest.utf8)),
            lifetime: key.lifetime)
        return context
    }

    /// Streams the body to disk. What the file is is looked at as soon as enough of it is there, so
    /// that a large one of the wrong kind is refused early.
    private func receive(_ upload: Upload, into file: IncomingFile) async throws -> MediaForm {
        var form: MediaForm?
        var sample: [UInt8] = []
        var piece: [UInt8] = []
        var total = 0
        for try await chunk in upload.body {
            total += chunk.count
            if total > limit { throw HTTPBodyError.tooLarge(limit: limit) }
            if form == nil {
                sample += chunk.prefix(TypeDetector.sample - sample.count)
                if sample.count == TypeDetector.sample {
                    form = try await identify(sample, upload.declared)
                }
            }
            piece += chunk
            if piece.count >= Self.piece {
                try await file.write(piece)
                piece.removeAll(keepingCapacity: true)
            }
        }
        if total == 0 { throw ProblemSlug.invalid.problem("The file is empty.") }
        try await file.write(piece)
        if let form { return form }
        return try await identify(sample, upload.declared)
    }

    /// - Throws: `Problem` 415 for a kind that is not taken, 422 when it is said to be another.
    @concurrent private func identify(
        _ sample: [UInt8], _ declared: String?
    ) async throws -> MediaForm {
        let found = try detector.type(of: sample)
        let kinds = MediaForm.allCases.map(\.rawValue).joined(separator: ", ")
        guard let form = MediaForm(named: found), form.fits(sample) else {
            throw ProblemSlug.mediaTypeRefused.problem(
                "The file looks like \(found). These are taken: \(kinds).")
        }
        let said = declared?.split(separator: ";").first?.filter { $0 != " " && $0 != "\t" }
            .lowercased()
        if let said, said != "application/octet-stream", MediaForm(named: said) != form {
            throw ProblemSlug.mediaTypeMismatch.problem(
                "The file looks like \(found), but Content-Type names another type.")
        }
        return form
    }

    func delete(
        _ id: MediaID, ifMatch: Int64?, _ context: CommandContext
    ) async throws -> Committed<NoResult> {
        let now = clock.now()
        return try await store.commit(context) { unit in
            if let ifMatch { unit.expect(Media.stream(id), version: ifMatch) }
            try await unit.decide(Media.self, id, .delete(now: now))
        }
    }
}
