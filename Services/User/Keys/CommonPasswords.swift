internal import Glibc

/// The commonly used passwords, from a file on the machine: nothing is asked of the network.
enum CommonPasswords {
    /// Debian's package `john-data`.
    static let standardPath = "/usr/share/john/password.lst"
    /// The most bytes of the file.
    static let fileLimit = 64 << 20

    /// What is refused even without a file: long ones that people take for good.
    static let known: Set<String> = [
        "correcthorsebatterystaple", "correct horse battery staple", "thisismypassword",
        "passwordpassword", "mypasswordismypassword", "iloveyouforever", "letmeinletmein",
        "administrator", "qwertyuiopasdfgh", "changemechangeme", "1q2w3e4r5t6y7u8i9o0p",
        "password", "qwerty", "iloveyou", "letmein", "welcome", "monkey", "dragon", "football",
        "baseball", "sunshine", "princess", "superman", "trustno1", "changeme", "secret",
    ]

    /// The lines of a list in lower case with the known ones; nil when it cannot be read or is too
    /// long. Lines that begin with `#!comment` are none.
    static func read(_ path: String) -> Set<String>? {
        guard let text = contents(of: path) else { return nil }
        var all = known
        for line in text.split(whereSeparator: \.isNewline) where !line.hasPrefix("#!comment") {
            all.insert(line.lowercased())
        }
        return all
    }

    private static func contents(of path: String) -> String? {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        if file < 0 { return nil }
        defer { close(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while bytes.count <= fileLimit {
            let count = Glibc.read(file, &chunk, chunk.count)
            if count < 0 { return nil }
            if count == 0 { return String(decoding: bytes, as: UTF8.self) }
            bytes += chunk[..<count]
        }
        return nil
    }
}
