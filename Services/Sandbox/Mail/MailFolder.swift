internal import EventTypes
internal import Glibc
internal import JSON

/// Messages as files of a directory, one each, so that what was taken in outlives the program: a
/// line of JSON with the envelope, then the message.
struct MailFolder: Sendable {
    private static let ending = ".mail"

    private struct Head: Codable, Sendable {
        var sender: String
        var recipients: [String]
        var isUTF8: Bool
        var receivedAt: Timestamp
    }

    private let directory: String

    /// Makes the directory when it is not there.
    ///
    /// - Throws: `FactFileError` when that is not possible.
    init(_ directory: String) throws(FactFileError) {
        guard mkdir(directory, 0o700) == 0 || errno == EEXIST else {
            throw FactFileError("make", directory)
        }
        self.directory = directory
    }

    /// Every message that was written whole, oldest first.
    func load() -> [CaughtMail] {
        guard let listing = opendir(directory) else { return [] }
        defer { closedir(listing) }
        var ids: [String] = []
        while let entry = readdir(listing) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name.hasSuffix(Self.ending) { ids.append(String(name.dropLast(Self.ending.count))) }
        }
        return ids.sorted().compactMap(read)
    }

    private func read(_ id: String) -> CaughtMail? {
        guard let file = fopen(path(id), "r") else { return nil }
        defer { fclose(file) }
        var content: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = fread(&chunk, 1, chunk.count, file)
            if count == 0 { break }
            content += chunk[..<count]
        }
        guard let end = content.firstIndex(of: UInt8(ascii: "\n")),
            let head = try? JSON.decode(Head.self, from: Array(content[..<end]))
        else { return nil }
        return CaughtMail(
            id: id,
            envelope: MailEnvelope(
                sender: head.sender, recipients: head.recipients, isUTF8: head.isUTF8),
            receivedAt: head.receivedAt, text: Array(content[(end + 1)...]))
    }

    /// Writes a message; it has its name only once it is whole.
    ///
    /// - Throws: `FactFileError` when the system refuses it.
    func keep(_ mail: CaughtMail) throws {
        let head = Head(
            sender: mail.envelope.sender, recipients: mail.envelope.recipients,
            isUTF8: mail.envelope.isUTF8, receivedAt: mail.receivedAt)
        let bytes = try JSON.encode(head) + [UInt8(ascii: "\n")] + mail.text
        let unfinished = path(mail.id) + ".new"
        guard let file = fopen(unfinished, "w") else { throw FactFileError("open", unfinished) }
        let count = fwrite(bytes, 1, bytes.count, file)
        guard fclose(file) == 0, count == bytes.count, rename(unfinished, path(mail.id)) == 0 else {
            throw FactFileError("write", unfinished)
        }
    }

    func remove(_ id: String) { unlink(path(id)) }

    private func path(_ id: String) -> String { directory + "/" + id + Self.ending }
}
