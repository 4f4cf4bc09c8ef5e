/// The exit statuses of `souk`, after sysexits.h.
enum ExitStatus {
    static let success: Int32 = 0
    /// What was asked for was not done, or was found to be wrong.
    static let failure: Int32 = 1
    /// The command line is wrong.
    static let usage: Int32 = 64
    /// Something that is needed is not there: a port, a package, room on the disk.
    static let unavailable: Int32 = 69
    /// The settings are wrong.
    static let configuration: Int32 = 78
}
