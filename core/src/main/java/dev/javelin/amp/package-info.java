/// Mixed precision: `torch.amp`. [dev.javelin.amp.Autocast] chooses the dtype of each op, [dev.javelin.amp.GradScaler] keeps small
/// gradients from vanishing in float16.
package dev.javelin.amp;
