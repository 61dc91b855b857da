using Edge.Pipeline;

namespace Edge.Tenancy;

/// <summary>Step 3, first part: may this caller use this endpoint and model from there, with a prompt of that size?</summary>
public static class AccessStage
{
    /// <summary>False = the context holds an error. No I/O, no allocation where it may.</summary>
    public static bool Run(RequestContext context) => context.Caller.Access.IsOpen || context.Fail(ErrorCode.InternalError);
}
