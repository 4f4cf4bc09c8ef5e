import Foundation

/// Where the programs are that Souk is measured against.
enum PeerTools {
    /// The directory of the newest PostgreSQL's programs, in Debian's place.
    static func postgresBinaries() throws -> String {
        let root = "/usr/lib/postgresql"
        let versions = (try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []
        guard let newest = versions.compactMap(Int.init).max() else {
            throw BenchError("PostgreSQL is not installed; `make bench` installs it.")
        }
        return "\(root)/\(newest)/bin"
    }
}
